import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { load } from './train-load.ts';
import type { Taken } from './train-ours.ts';

export interface Rival {
  readonly name: 'keras' | 'pytorch';
  readonly ways: readonly string[];
  /** What one of the steps takes. */
  steps(way: string, count: number): Promise<Taken>;
  close(): Promise<void>;
}

interface Program {
  readonly name: Rival['name'];
  readonly script: string;
  readonly ways: readonly string[];
  /** Names the Python that has it. */
  readonly setting: string;
  readonly remedy: string;
}

const programs: readonly Program[] = [
  {
    name: 'keras',
    script: 'bench/keras-train.py',
    ways: ['graph', 'xla'],
    setting: 'EARSHOT_ORACLE_PYTHON',
    remedy: '`npm run test:extended` makes .venv/oracle: EARSHOT_ORACLE_PYTHON=.venv/oracle/bin/python',
  },
  {
    name: 'pytorch',
    script: 'bench/pytorch-train.py',
    ways: ['eager'],
    setting: 'EARSHOT_TORCH_PYTHON',
    remedy:
      'python3 -m venv .venv/torch && .venv/torch/bin/pip install torch==2.13.0, ' +
      'then EARSHOT_TORCH_PYTHON=.venv/torch/bin/python',
  },
];

/** In a process of its own that waits for its turns; null, with a word, when no Python with it is named. */
export function startRival(wanted: Rival['name'], threads: number): Rival | null {
  const { name, script, ways, setting, remedy } = programs.find((program) => program.name === wanted)!;
  const python = process.env[setting];
  if (python === undefined) {
    console.error(`${setting} names no Python: no ratio to ${name}. ${remedy}`);
    return null;
  }
  const { hidden, batchSize, labels, maxFrames, width } = load;
  const sizes = [hidden, batchSize, labels, maxFrames, width, threads].map(String);
  // Its notes, which cannot all be turned off, would drown the result.
  const child = spawn(python, [path.resolve(script), ...sizes], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    ways,
    steps: async (way, count) => {
      child.stdin.write(`${way} ${count}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${python} ${script} ended without an answer`);
      const [wall, cpu] = value.split(' ').map(Number);
      return { wall: wall! / count, cpu: cpu! / count };
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
