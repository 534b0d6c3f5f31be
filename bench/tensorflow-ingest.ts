import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { IngestFiles } from './ingest-files.ts';

export const tensorflowWays = ['single', 'batched', 'one-file-single', 'one-file-batched'] as const;
export type TensorflowWay = (typeof tensorflowWays)[number];

export interface Rival {
  /** Seconds for all records, one thread: each on its own, or 256 at once; from the files, or from them as one. */
  seconds(way: TensorflowWay): Promise<number>;
  close(): Promise<void>;
}

/** TensorFlow in a process of its own that waits for its turns; null, with a word, when no Python with it is named. */
export function startTensorflow({ folder, oneFile, clips }: IngestFiles): Rival | null {
  const python = process.env['EARSHOT_ORACLE_PYTHON'];
  if (python === undefined) {
    console.error('EARSHOT_ORACLE_PYTHON names no Python with TensorFlow: no ratio to it');
    return null;
  }
  const script = path.resolve('bench/tensorflow-ingest.py');
  // Its log, which cannot be turned off at the start, would drown the result.
  const child = spawn(python, [script, folder, oneFile], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    seconds: async (way) => {
      child.stdin.write(`${way}\n`);
      const { value = '', done } = await lines.next();
      const [seconds, records] = value.split(' ').map(Number);
      if (done || records !== clips) {
        throw new Error(`TensorFlow (${way}): ${clips} records expected, received ${records ?? 'its end'}`);
      }
      return seconds!;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
