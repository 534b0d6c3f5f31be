import { expect, it } from 'vitest';
import { runKillTrial } from '../../../fixtures/object-store/kill-trial/kill-trial.ts';

it('shows only whole objects and loses none, nor an event, when it is killed 20 times amid uploads', {
  timeout: 120_000,
}, async () => {
  const seed = Number(process.env['EARSHOT_SEED'] ?? Date.now() % 1e6);
  console.log(`kill trial: EARSHOT_SEED=${seed}`);
  const trial = await runKillTrial(20, 500, seed);
  expect(trial.amidRequests).toBeGreaterThan(5);
  expect(trial.acknowledged).toBeGreaterThan(100);
  expect(trial.told).toBeGreaterThan(100);
  expect(trial.readWhole).toBeGreaterThan(200);
});
