import { execFileSync } from 'node:child_process';

/** The interpreter with test/oracle/requirements.txt installed; tests that need it skip when it is not named. */
export const oraclePython: string | undefined = process.env['EARSHOT_ORACLE_PYTHON'];

if (oraclePython === undefined) {
  console.warn(
    'EARSHOT_ORACLE_PYTHON names no Python with test/oracle/requirements.txt: its oracles are skipped',
  );
}

/** Runs a Python program that prints JSON, and returns what it printed. */
export function runPython(program: string, ...programArguments: readonly string[]): unknown {
  const output = execFileSync(oraclePython!, ['-c', program, ...programArguments], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output);
}
