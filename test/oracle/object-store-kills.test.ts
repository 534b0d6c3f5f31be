import { expect, it } from 'vitest';
import { runKillTrial } from '../fixtures/object-store/kill-trial/kill-trial.ts';

/** EARSHOT_KILLS=1000 is the whole trial, some seven minutes. */
const kills = Number(process.env['EARSHOT_KILLS'] ?? 60);

it(`the store shows only whole objects and loses none, nor an event, when it is killed ${kills} times amid uploads of 500`, async () => {
  const seed = Number(process.env['EARSHOT_SEED'] ?? Date.now() % 1e6);
  console.log(`kill trial: EARSHOT_SEED=${seed}`);
  const trial = await runKillTrial(kills, 500, seed);
  console.log(`kill trial: ${JSON.stringify(trial)}`);
  expect(trial.amidRequests).toBeGreaterThan(kills / 2);
  expect(trial.acknowledged).toBeGreaterThan(5 * kills);
  expect(trial.told).toBeGreaterThan(5 * kills);
  expect(trial.readWhole).toBeGreaterThan(5 * kills);
});
