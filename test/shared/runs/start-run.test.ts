import { beforeAll, describe, expect, it } from 'vitest';
import { datasetConfigKey, labelListKey, receiptKey, runKeys } from '../../../shared/dataset/keys.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type RunJob, runStatusSchema } from '../../../shared/runs/documents.ts';
import { restartRun, startRun } from '../../../shared/runs/start-run.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { type FreshBucket, freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore } from '../../fixtures/object-store/watched-store.ts';
import { recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { clipNamed, clipsNamed, drop, ingest } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const refused = new EarshotError('JOB_START_FAILED', { received: '500' });

/** Holds a dataset; each test asks for a run of its own. */
let store: FreshBucket;
let runs = 0;

beforeAll(async () => {
  store = await freshBucket();
  await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 2));
  await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
});

/** A new run that is asked for. */
async function requested(request: unknown = { dataset: 'set' }, run = `night-${++runs}`) {
  await writeJson(store, runKeys(run).request, request);
  return { run, keys: runKeys(run) };
}

const statusOf = async (run: string) => runStatusSchema.parse(await jsonAt(store, runKeys(run).status));

describe('starting a run', () => {
  it('settles the dataset, claims the run and starts its job', async () => {
    const { run, keys } = await requested();
    const jobs = recordedJobs();
    const { outcome } = await startRun(store, jobs, keys.request, 0);
    expect(outcome).toBe('started');
    const [snapshot] = await keysBelow(store, 'snapshots/set/');
    expect(await jsonAt(store, keys.job)).toEqual({
      run,
      request: { dataset: 'set' },
      snapshot,
      attempt: 1,
      jobRun: `${run}-1`,
      step: 0,
      fruitless: 0,
    });
    expect(jobs.started).toEqual([{ jobRun: `${run}-1`, env: { EARSHOT_RUN: run, EARSHOT_ATTEMPT: '1' } }]);
    expect(await statusOf(run)).toMatchObject({ run, phase: 'starting', attempt: 1, error: null });
  });

  it('by several deliveries of its event at once starts one job', async () => {
    const { keys } = await requested();
    const jobs = recordedJobs();
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => startRun(store, jobs, keys.request, 0)),
    );
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
      'started',
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    expect(jobs.started).toHaveLength(1);
    const before = store.changes();
    expect(await startRun(store, jobs, keys.request, 0)).toEqual({ outcome: 'unchanged' });
    expect(store.changes()).toEqual(before);
    expect(jobs.started).toHaveLength(1);
  });

  it('gives the claim back when the job cannot be started, so that the next delivery can', async () => {
    const { run, keys } = await requested();
    const failing = recordedJobs(() => {
      throw refused;
    });
    await expect(startRun(store, failing, keys.request, 0)).rejects.toBe(refused);
    expect(await store.head(keys.job)).toBeNull();
    const jobs = recordedJobs();
    expect((await startRun(store, jobs, keys.request, 0)).outcome).toBe('started');
    expect(jobs.started.map(({ jobRun }) => jobRun)).toEqual([`${run}-1`]);
  });

  it('waits for uploads that are on their way', async () => {
    const { keys } = await requested({ dataset: 'unsettled' });
    await drop(store, 'unsettled', 'train', 'b.tfrecord', clipsNamed('u', 2));
    const jobs = recordedJobs();
    await expect(startRun(store, jobs, keys.request, 0)).rejects.toMatchObject({
      code: 'PIPELINE_NOT_SETTLED',
      isUserError: false,
    });
    expect(await store.head(keys.status)).toBeNull();
    expect(jobs.started).toEqual([]);
  });

  it.each([
    [{ dataset: 'set', modle: 'm' }, 'RUN_REQUEST_INVALID', /at modle/],
    [{ model: 'm' }, 'RUN_REQUEST_INVALID', /at dataset/],
    [{ dataset: '../x' }, 'RUN_REQUEST_INVALID', /field dataset.*received "..\/x"/],
    [{ dataset: 'set', model: 'a/b' }, 'RUN_REQUEST_INVALID', /at model.*a model name/],
    [{ dataset: 'set', training: { steps: 0 } }, 'RUN_REQUEST_INVALID', /at training\.steps.*received 0/],
    [{ dataset: 'set', members: 17 }, 'RUN_REQUEST_INVALID', /at members.*<=16, received 17/],
    [
      { dataset: 'set', members: [{}, { steps: 0 }] },
      'RUN_REQUEST_INVALID',
      /at members\[1\]\.steps.*received 0/,
    ],
    [{ dataset: 'empty' }, 'SNAPSHOT_EMPTY', /file incoming\/empty\//],
  ])('asked for with %j says in the status what to mend', async (request, code, message) => {
    const { run, keys } = await requested(request);
    const jobs = recordedJobs();
    const result = await startRun(store, jobs, keys.request, 0);
    expect(result).toMatchObject({ outcome: 'refused', error: { code } });
    expect(await statusOf(run)).toMatchObject({
      phase: 'failed',
      attempt: 0,
      error: { code, message: expect.stringMatching(message), remedy: expect.stringMatching(/\w/) },
    });
    expect(jobs.started).toEqual([]);
    expect(await store.head(keys.job)).toBeNull();
    // Corrected, it starts.
    await writeJson(store, keys.request, { dataset: 'set' });
    expect((await startRun(store, jobs, keys.request, 0)).outcome).toBe('started');
    expect(await statusOf(run)).toMatchObject({ phase: 'starting', error: null });
  });

  it('says in the status when the dataset is what must be mended', async () => {
    const { run, keys } = await requested({ dataset: 'mislabelled' });
    await store.put(labelListKey('mislabelled'), Buffer.from('index,mid,display_name\n'));
    expect((await startRun(store, recordedJobs(), keys.request, 0)).outcome).toBe('refused');
    expect((await statusOf(run)).error).toMatchObject({ code: 'LABEL_LIST_INVALID' });
  });

  it.each(['Night', 'a_b', 'x'.repeat(41), 'a/b'])('named %s is refused beside its request', async (run) => {
    await requested({ dataset: 'set' }, run);
    const jobs = recordedJobs();
    expect((await startRun(store, jobs, runKeys(run).request, 0)).outcome).toBe('refused');
    expect(await statusOf(run)).toMatchObject({
      run,
      phase: 'failed',
      error: { code: 'RUN_REQUEST_INVALID', message: expect.stringContaining(`received ${run}`) },
    });
    expect(jobs.started).toEqual([]);
  });

  it('judges anew, with no patience and no sweep, what a change of the policy concerns', async () => {
    await ingest(store, 'late', 'train', 'bare.tfrecord', [clipNamed('b', { labels: [] })]);
    const plain = await ingest(store, 'late', 'train', 'plain.tfrecord', clipsNamed('t', 2));
    await ingest(store, 'late', 'eval', 'a.tfrecord', clipsNamed('e', 2));
    await writeJson(store, datasetConfigKey('late'), { policy: { LABELS_EMPTY: 'error' } });
    const before = await store.head(receiptKey(plain));
    const { keys } = await requested({ dataset: 'late' });
    expect((await startRun(store, recordedJobs(), keys.request, 1000)).outcome).toBe('started');
    const { snapshot } = await jsonAt<RunJob>(store, keys.job);
    expect(await jsonAt(store, snapshot)).toMatchObject({
      splits: { train: { clips: 2 } },
      rules: { policy: { LABELS_EMPTY: 'error' } },
    });
    expect(await store.head(receiptKey(plain))).toEqual(before);
  });

  it('refused for its data says in its status what was found, and where first', async () => {
    await ingest(store, 'poor', 'all', 'a.tfrecord', Buffer.from('no TFRecord'));
    const { run, keys } = await requested({ dataset: 'poor' });
    expect((await startRun(store, recordedJobs(), keys.request, 0)).outcome).toBe('refused');
    const { error } = await statusOf(run);
    expect(error).toMatchObject({ code: 'SNAPSHOT_EMPTY' });
    expect(error!.message).toMatch(
      /\n {2}1 record: .* \(TFRECORD_TRUNCATED\), first at incoming\/poor\/all\/a/,
    );
  });

  it('that was started meanwhile is not called failed for what came later', async () => {
    const { run, keys } = await requested();
    const jobs = recordedJobs();
    const meddled = interruptedStore(store, 'get', keys.request, async () => {
      await startRun(store, jobs, keys.request, 0);
      await writeJson(store, keys.request, { nonsense: true });
    });
    expect(await startRun(meddled, jobs, keys.request, 0)).toEqual({ outcome: 'unchanged' });
    expect((await statusOf(run)).phase).toBe('starting');
  });

  it('does nothing for a request that is gone, or a key that is none', async () => {
    const jobs = recordedJobs();
    const before = store.changes();
    const keys = runKeys('never');
    expect(await startRun(store, jobs, keys.request, 0)).toEqual({ outcome: 'removed' });
    for (const key of [keys.job, 'models/night/request.json', 'runs/request.json']) {
      expect(await startRun(store, jobs, key, 0)).toEqual({ outcome: 'ignored' });
    }
    expect(store.changes()).toEqual(before);
  });
});

describe('starting a run again', () => {
  async function started() {
    const { run, keys } = await requested();
    await startRun(store, recordedJobs(), keys.request, 0);
    return { run, keys };
  }

  it('is the next attempt on the same snapshot', async () => {
    const { run, keys } = await started();
    const jobs = recordedJobs();
    const before = await jsonAt<object>(store, keys.job);
    expect(await restartRun(store, jobs, run)).toBe(true);
    expect(await jsonAt(store, keys.job)).toEqual({
      ...before,
      attempt: 2,
      jobRun: `${run}-2`,
      fruitless: 1,
    });
    expect(jobs.started).toEqual([{ jobRun: `${run}-2`, env: { EARSHOT_RUN: run, EARSHOT_ATTEMPT: '2' } }]);
  });

  it('at two places at once starts one job', async () => {
    const { run, keys } = await started();
    const jobs = recordedJobs();
    const other = interruptedStore(store, 'put', keys.job, () => restartRun(store, jobs, run));
    expect(await restartRun(other, jobs, run)).toBe(false);
    expect(jobs.started.map(({ jobRun }) => jobRun)).toEqual([`${run}-2`]);
  });

  it('is not given up while each attempt gets further', async () => {
    const { run, keys } = await started();
    const jobs = recordedJobs();
    for (let step = 1; step <= 30; step++) {
      await writeJson(store, keys.checkpointPointer, { epoch: step, step, state: null, segments: [] });
      expect(await restartRun(store, jobs, run)).toBe(true);
    }
    expect(await jsonAt(store, keys.job)).toMatchObject({ attempt: 31, step: 30, fruitless: 0 });
  });

  it('is given up after twenty attempts that got no further: the run has failed', async () => {
    const { run, keys } = await started();
    const jobs = recordedJobs();
    await writeJson(store, keys.checkpointPointer, { epoch: 1, step: 7, state: null, segments: [] });
    for (let attempt = 1; attempt < 21; attempt++) expect(await restartRun(store, jobs, run)).toBe(true);
    expect(jobs.started).toHaveLength(20);
    expect(await restartRun(store, jobs, run)).toBe(false);
    expect(jobs.started).toHaveLength(20);
    expect(await statusOf(run)).toMatchObject({
      phase: 'failed',
      attempt: 21,
      error: {
        code: 'RUN_FAILED',
        message: expect.stringContaining('20 attempts that did not get beyond step 7'),
      },
    });
  });

  it('needs a run that was started', async () => {
    expect(await restartRun(store, recordedJobs(), (await requested()).run)).toBe(false);
  });
});
