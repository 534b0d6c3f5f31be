import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { oraclePython } from '../oracle-python.ts';

/** Runs a program of this folder; what it prints last is JSON. */
export function runVggishProgram(program: string, ...programArguments: readonly string[]): unknown {
  const file = path.resolve('test/oracle/vggish', program);
  const output = execFileSync(oraclePython!, [file, ...programArguments], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  return JSON.parse(output.trim().split('\n').at(-1)!);
}
