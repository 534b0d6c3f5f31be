import { beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../shared/dataset/documents.ts';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type RunJob, runStatusSchema } from '../../../shared/runs/documents.ts';
import { bytesAt, jsonAt } from '../../fixtures/object-store/contents.ts';
import type { FreshBucket } from '../../fixtures/object-store/fresh-buckets.ts';
import { ingestTones, startTones } from '../../fixtures/tone-dataset.ts';
import { toneTrainer } from '../../fixtures/tone-trainer.ts';
import { toneClips } from '../training/tone-clips.ts';

const trainer = toneTrainer();
const { freshBucket, started, train, statusOf } = trainer;
let store: FreshBucket;
beforeAll(() => {
  store = trainer.store();
});

describe('a training run that fails', () => {
  it('through something the user can mend ends as failed, with the reason', async () => {
    const other = await freshBucket();
    const silent = toneClips({ clips: 5, seed: 2 });
    const labelOffsets = new Uint32Array(silent.clips + 1);
    await ingestTones(other, { ...silent, labelOffsets, labelIndices: new Uint16Array() });
    await startTones(other, 'run');
    await expect(train('run', { store: other })).rejects.toMatchObject({ code: 'SNAPSHOT_EMPTY' });
    expect(runStatusSchema.parse(await jsonAt(other, runKeys('run').status))).toMatchObject({
      phase: 'failed',
      error: { code: 'SNAPSHOT_EMPTY', message: expect.stringContaining('expected a label that some') },
    });
  });

  it('for want of its engine ends as failed, with the reason', async () => {
    const run = await started();
    const unavailable = new EarshotError('ENGINE_UNAVAILABLE', { received: 'no such package' });
    await expect(train(run, { openEngine: () => Promise.reject(unavailable) })).rejects.toBe(unavailable);
    expect(await statusOf(run)).toMatchObject({ phase: 'failed', error: { code: 'ENGINE_UNAVAILABLE' } });
  });

  it('through a fault keeps its phase, so that the sweep starts it again, and notes the reason', async () => {
    const run = await started();
    const job = await jsonAt<RunJob>(store, runKeys(run).job);
    const { splits } = await jsonAt<Snapshot>(store, job.snapshot);
    const [shard] = splits.train.shards;
    const bytes = await bytesAt(store, shard!.key);
    await store.put(shard!.key, Buffer.concat([bytes, Buffer.of(0)]));
    await expect(train(run)).rejects.toMatchObject({ code: 'SHARD_CORRUPT' });
    expect(await statusOf(run)).toMatchObject({ phase: 'loading', error: { code: 'SHARD_CORRUPT' } });
    await store.put(shard!.key, bytes);
    expect((await train(run, { attempt: 2 }))?.version).toBe('1');
    expect(await statusOf(run)).toMatchObject({ phase: 'completed', error: null });
  });

  it('through what nobody foresaw notes that as a fault of ours', async () => {
    const run = await started();
    const surprise = new TypeError('x is not a function');
    await expect(train(run, { openEngine: () => Promise.reject(surprise) })).rejects.toBe(surprise);
    expect(await statusOf(run)).toMatchObject({
      phase: 'starting',
      error: { code: 'INTERNAL_FAULT', message: 'x is not a function' },
    });
  });
});
