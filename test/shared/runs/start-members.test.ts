import { beforeAll, describe, expect, it } from 'vitest';
import { memberRun, runKeys } from '../../../shared/dataset/keys.ts';
import { type RunJob, runStatusSchema } from '../../../shared/runs/documents.ts';
import { restartRun, startRun } from '../../../shared/runs/start-run.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { jsonAt } from '../../fixtures/object-store/contents.ts';
import { type FreshBucket, freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore } from '../../fixtures/object-store/watched-store.ts';
import { recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { clipsNamed, ingest } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
/** Holds a dataset; each test asks for a run of its own. */
let store: FreshBucket;
let runs = 0;

beforeAll(async () => {
  store = await freshBucket();
  await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 2));
  await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
});

/** A new run that is asked for. */
async function requested(request: object) {
  const run = `night-${++runs}`;
  await writeJson(store, runKeys(run).request, request);
  return { run, keys: runKeys(run) };
}

describe('starting a run', () => {
  it('of an ensemble is one job array, with an index for each member', async () => {
    const { run, keys } = await requested({ dataset: 'set', members: 4 });
    const jobs = recordedJobs();
    expect((await startRun(store, jobs, keys.request, 0)).outcome).toBe('started');
    const env = { EARSHOT_RUN: run, EARSHOT_ATTEMPT: '1' };
    expect(jobs.started).toEqual([{ jobRun: `${run}-1`, env, indices: [0, 1, 2, 3] }]);
  });

  it('of one member is that of one network', async () => {
    const { run, keys } = await requested({ dataset: 'set', members: 1 });
    const jobs = recordedJobs();
    await startRun(store, jobs, keys.request, 0);
    expect(jobs.started).toEqual([{ jobRun: `${run}-1`, env: { EARSHOT_RUN: run, EARSHOT_ATTEMPT: '1' } }]);
  });
});

describe('starting a run again', () => {
  it('of one member is its next attempt, and has nothing to do with the other members', async () => {
    const { run, keys } = await requested({ dataset: 'set', members: 3 });
    await startRun(store, recordedJobs(), keys.request, 0);
    const first = await jsonAt<RunJob>(store, keys.job);
    const jobs = recordedJobs();
    for (const [member, attempt] of [
      [2, 2],
      [0, 2],
      [2, 3],
    ] as const) {
      const last = jobs.started.length;
      const { job } = runKeys(memberRun(run, member));
      const overtaken = interruptedStore(store, 'put', job, async () => {
        expect(await restartRun(store, jobs, run, member)).toBe(true);
      });
      expect(await restartRun(overtaken, jobs, run, member)).toBe(false);
      expect(jobs.started.slice(last)).toEqual([
        {
          jobRun: `${run}-${attempt}-m${member}`,
          env: { EARSHOT_RUN: run, EARSHOT_ATTEMPT: `${attempt}` },
          indices: [member],
        },
      ]);
    }
    expect(await jsonAt(store, keys.job)).toEqual(first);
    expect(await store.head(runKeys(memberRun(run, 1)).job)).toBeNull();
  });

  it('of one member is given up after twenty attempts that got no further: the run has failed', async () => {
    const { run, keys } = await requested({ dataset: 'set', members: 2 });
    await startRun(store, recordedJobs(), keys.request, 0);
    const jobs = recordedJobs();
    for (let attempt = 1; attempt < 20; attempt++) {
      expect(await restartRun(store, jobs, run, 1)).toBe(true);
    }
    expect(await restartRun(store, jobs, run, 1)).toBe(false);
    expect(jobs.started).toHaveLength(19);
    expect(runStatusSchema.parse(await jsonAt(store, keys.status))).toMatchObject({
      phase: 'failed',
      error: { code: 'RUN_FAILED', message: expect.stringContaining(`${run}/members/1`) },
    });
  });
});
