import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ParityCase } from '../../fixtures/parity/parity-case.ts';
import type { ParityResult } from '../../fixtures/parity/train-here.ts';
import { oraclePython } from '../oracle-python.ts';

const kerasFolder = path.resolve('test/oracle/keras');

/** Runs a program of this folder; what it prints last is JSON. */
export function runKerasProgram(program: string, ...programArguments: readonly string[]): unknown {
  const output = execFileSync(oraclePython!, [path.join(kerasFolder, program), ...programArguments], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(output.trim().split('\n').at(-1)!);
}

export interface KerasRun extends ParityCase {
  /** Of the computation in Keras; results are rounded to float32. */
  readonly dtype?: 'float32' | 'float64';
  /** Fewer than there are batches: 0 for the outputs alone. */
  readonly steps?: number;
}

/** The cases by Keras, in one process: it takes seconds to start. */
export function trainInKeras(runs: readonly KerasRun[]): { keras: string; results: ParityResult[] } {
  const root = mkdtempSync(path.join(tmpdir(), 'earshot-keras-'));
  try {
    const folders = runs.map((run, i) => {
      const folder = path.join(root, `${i}`);
      mkdirSync(folder);
      writeCase(folder, run);
      return folder;
    });
    const { keras } = runKerasProgram('parity.py', ...folders) as { keras: string };
    return { keras, results: folders.map((folder, i) => readResult(folder, runs[i]!)) };
  } finally {
    rmSync(root, { recursive: true });
  }
}

function writeCase(folder: string, run: KerasRun): void {
  const { spec, weights, batches, learningRate, dtype = 'float32', steps = batches.length } = run;
  for (const part of ['frames', 'mask', 'targets'] as const) {
    writeFileSync(path.join(folder, part), Buffer.concat(batches.map((batch) => bytesOf(batch[part]))));
  }
  const arrays = [...weights.values()].map(({ values }) => bytesOf(values));
  writeFileSync(path.join(folder, 'weights'), Buffer.concat(arrays));
  const described = {
    spec,
    steps,
    dtype,
    learningRate,
    batches: batches.length,
    clips: batches[0]!.clips,
    weights: [...weights].map(([name, { shape }]) => [name, shape]),
  };
  writeFileSync(path.join(folder, 'case.json'), JSON.stringify(described));
}

function readResult(folder: string, { weights }: ParityCase): ParityResult {
  const flat = floatsOf(readFileSync(path.join(folder, 'after')));
  const after = new Map<string, Float32Array>();
  let at = 0;
  for (const [name, { values }] of weights) {
    after.set(name, flat.subarray(at, at + values.length));
    at += values.length;
  }
  return { outputs: floatsOf(readFileSync(path.join(folder, 'outputs'))), after };
}

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const floatsOf = (bytes: Buffer) => new Float32Array(Uint8Array.from(bytes).buffer);
