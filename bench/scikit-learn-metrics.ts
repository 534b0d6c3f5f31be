import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { clips, type LabelledScores, labels } from './score-matrix.ts';

export interface Answer {
  /** Seconds. */
  readonly wall: number;
  readonly cpu: number;
  readonly mAP: number;
  readonly AUC: number;
}

export interface Rival {
  metrics(scores: 'trained' | 'random'): Promise<Answer>;
  close(): Promise<void>;
}

/** scikit-learn in a process of its own that waits for its turns; null, with a word, when no Python is named. */
export function startScikitLearn({ truth, trained, random }: LabelledScores): Rival | null {
  const python = process.env['EARSHOT_ORACLE_PYTHON'];
  if (python === undefined) {
    console.error('EARSHOT_ORACLE_PYTHON names no Python with scikit-learn: no ratio to it');
    return null;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'earshot-bench-'));
  const files = Object.entries({ truth, trained, random }).map(([name, values]) => {
    writeFileSync(path.join(folder, name), values);
    return path.join(folder, name);
  });
  const program = path.resolve('bench/scikit-learn-metrics.py');
  const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn(python, [program, `${clips}`, `${labels}`, ...files], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...oneThread },
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    metrics: async (scores) => {
      child.stdin.write(`${scores === 'trained' ? 0 : 1}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('scikit-learn ended without an answer');
      const [wall, cpu, mAP, AUC] = String(value).split(' ').map(Number);
      return { wall: wall!, cpu: cpu!, mAP: mAP!, AUC: AUC! };
    },
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
