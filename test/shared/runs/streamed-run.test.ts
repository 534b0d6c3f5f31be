import { expect, it, vi } from 'vitest';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { trainRun } from '../../../shared/runs/train-run.ts';
import { jsonAt } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { ingestTones, startTones } from '../../fixtures/tone-dataset.ts';

const freshBucket = freshBuckets();

it('a run whose clips take more memory than it may have streams them', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const store = await freshBucket();
  await ingestTones(store);
  const engine = await openEngine('wasm');
  const shardReads = async (clipMegabytes: number) => {
    const run = `run-${clipMegabytes}`.replace('.', '-');
    await startTones(store, run, { clipMegabytes });
    let reads = 0;
    const watched = watchedStore(store, ({ method, key }) => {
      if (method === 'get' && key.startsWith('shards/')) reads++;
    });
    const report = await trainRun({
      store: watched,
      openEngine: async () => engine,
      run,
      attempt: 1,
      signal: new AbortController().signal,
      heartbeatMs: 1000,
    });
    expect(report!.metrics.mAP).toBeGreaterThan(0.6);
    expect(await jsonAt(store, runKeys(run).resolved)).toMatchObject({ settings: { clipMegabytes } });
    return reads;
  };
  // The clips of tones are 160 times 3 × 8 bytes: 0.00384 MB.
  const inMemory = await shardReads(0.004);
  expect(inMemory).toBeLessThan(4);
  expect(await shardReads(0.003)).toBeGreaterThan(2 * inMemory);
});
