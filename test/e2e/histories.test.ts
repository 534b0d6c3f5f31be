import { expect, it } from 'vitest';
import { runHistories } from '../fixtures/histories/run-histories.ts';

const fixedSeeds = 24;

/** With EARSHOT_SEED, EARSHOT_HISTORIES (1) of them from that seed on; else the fixed ones and one of this moment. */
function seedsOf({ EARSHOT_SEED, EARSHOT_HISTORIES }: NodeJS.ProcessEnv): number[] {
  const first = Number(EARSHOT_SEED ?? 1);
  const count = Number(EARSHOT_HISTORIES ?? (EARSHOT_SEED === undefined ? fixedSeeds : 1));
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  return EARSHOT_SEED === undefined ? [...seeds, 1000 + (Date.now() % 1_000_000)] : seeds;
}

const seeds = seedsOf(process.env);

it('random histories of uploads, overwrites, deletions, event faults and kills end in the snapshot of the model', {
  timeout: 60_000 + 20_000 * seeds.length,
}, async () => {
  console.log(`histories: seeds ${seeds[0]} to ${seeds.at(-2) ?? seeds[0]} and ${seeds.at(-1)}`);
  const { failures, ...report } = await runHistories(seeds);
  console.log(`histories: ${JSON.stringify(report)}`);
  expect(failures.join('\n\n')).toBe('');
});
