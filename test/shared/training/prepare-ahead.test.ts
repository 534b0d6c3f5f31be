import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('batches and dropout masks of a thread are those made without one, whatever step comes next', () => {
  // In order, again, on and back, as a resumed run asks for them; the last step has no next one.
  const steps = [0, 1, 2, 2, 5, 3, 9];
  const program = ['infra/typescript/run.mjs', 'test/fixtures/training/ahead-run.ts', ...steps.map(String)];
  const printed = execFileSync(process.execPath, program, { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual(
    steps.map((step) => ({ step, fromThread: true, sameBatch: true, sameMasks: true })),
  );
}, 120_000);
