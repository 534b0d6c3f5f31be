import { expect, it } from 'vitest';
import { runKillTrial } from '../fixtures/object-store/kill-trial/kill-trial.ts';

it('the store shows only whole objects and loses none when it is killed 1,000 times amid uploads of 500', async () => {
  const seed = Number(process.env['EARSHOT_SEED'] ?? Date.now() % 1e6);
  console.log(`kill trial: EARSHOT_SEED=${seed}`);
  const trial = await runKillTrial(1_000, 500, seed);
  console.log(`kill trial: ${JSON.stringify(trial)}`);
  expect(trial.amidRequests).toBeGreaterThan(500);
  expect(trial.acknowledged).toBeGreaterThan(5_000);
  expect(trial.readWhole).toBeGreaterThan(5_000);
});
