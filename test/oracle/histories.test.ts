import { expect, it } from 'vitest';
import { runHistories } from '../fixtures/histories/run-histories.ts';
import { seedsToPlay } from '../fixtures/histories/seeds.ts';

/** EARSHOT_HISTORIES=500 is the whole trial. They begin where those of `npm test` end. */
const seeds = seedsToPlay(25, 100);

it(`${seeds.length} random histories of uploads, deletions, event faults and kills end in the snapshot of the model`, {
  timeout: 100_000 * (1 + seeds.length),
}, async () => {
  const { failures, ...report } = await runHistories(seeds);
  console.log(`histories: ${JSON.stringify(report)}`);
  expect(failures.join('\n\n')).toBe('');
});
