import { describe, expect, it } from 'vitest';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { firstStatus, type RunJob } from '../../../shared/runs/documents.ts';
import { startRun } from '../../../shared/runs/start-run.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { reviveRuns } from '../../../shared/sweep/revive-runs.ts';
import { jsonAt } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore } from '../../fixtures/object-store/watched-store.ts';
import { recordedJobs } from '../../fixtures/recorded-jobs.ts';
import { clipsNamed, drop, ingest } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const keys = runKeys('run');
const minutesOn = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const none = { started: [], restarted: [], failed: [] };

async function requested() {
  const store = await freshBucket();
  await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 2));
  await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
  await writeJson(store, keys.request, { dataset: 'set' });
  return store;
}

async function started() {
  const store = await requested();
  await startRun(store, recordedJobs(), keys.request, 0);
  return store;
}

describe('reviving runs', () => {
  it('starts a requested run whose event was lost', async () => {
    const store = await requested();
    const jobs = recordedJobs();
    expect(await reviveRuns(store, jobs, new Date())).toEqual({ ...none, started: ['run'] });
    expect(await reviveRuns(store, jobs, new Date())).toEqual(none);
    expect(jobs.started.map(({ jobRun }) => jobRun)).toEqual(['run-1']);
  });

  it('leaves one whose dataset is not settled to a later look', async () => {
    const store = await requested();
    await drop(store, 'set', 'train', 'b.tfrecord', clipsNamed('u', 2));
    const jobs = recordedJobs();
    expect(await reviveRuns(store, jobs, new Date())).toEqual(none);
    expect(jobs.started).toEqual([]);
  });

  it('starts a run again whose trainer fell silent, once', async () => {
    const store = await started();
    const jobs = recordedJobs();
    expect(await reviveRuns(store, jobs, minutesOn(9))).toEqual(none);
    expect(await reviveRuns(store, jobs, minutesOn(11))).toEqual({ ...none, restarted: ['run'] });
    expect(await reviveRuns(store, jobs, new Date())).toEqual(none);
    expect(jobs.started.map(({ jobRun }) => jobRun)).toEqual(['run-2']);
  });

  it.each([
    ['has looked at its status', 'get', keys.status],
    ['writes its next job', 'put', keys.job],
  ] as const)('leaves a run to the sweep that starts it again before this one %s', async (_, method, key) => {
    const store = await started();
    const jobs = recordedJobs();
    const other = interruptedStore(store, method, key, async () => {
      expect((await reviveRuns(store, jobs, minutesOn(11))).restarted).toEqual(['run']);
    });
    expect(await reviveRuns(other, jobs, minutesOn(11))).toEqual(none);
    expect(jobs.started.map(({ jobRun }) => jobRun)).toEqual(['run-2']);
  });

  it('leaves a run alone whose trainer beats', async () => {
    const store = await started();
    const status = firstStatus('run', 1, 'training');
    await writeJson(store, keys.status, { ...status, heartbeat: minutesOn(25).toISOString() });
    expect(await reviveRuns(store, recordedJobs(), minutesOn(30))).toEqual(none);
    expect(await reviveRuns(store, recordedJobs(), minutesOn(36))).toEqual({ ...none, restarted: ['run'] });
  });

  it.each(['completed', 'failed'] as const)('leaves a run alone that has %s', async (phase) => {
    const store = await started();
    await writeJson(store, keys.status, firstStatus('run', 1, phase));
    expect(await reviveRuns(store, recordedJobs(), minutesOn(60))).toEqual(none);
  });

  it('tries a request that was refused again once it was corrected', async () => {
    const store = await requested();
    const refusal = firstStatus('run', 0, 'failed', new EarshotError('RUN_REQUEST_INVALID'));
    await writeJson(store, keys.status, { ...refusal, heartbeat: minutesOn(1).toISOString() });
    expect(await reviveRuns(store, recordedJobs(), new Date())).toEqual(none);
    // The request is newer than the refusal.
    await writeJson(store, keys.status, { ...refusal, heartbeat: minutesOn(-1).toISOString() });
    expect(await reviveRuns(store, recordedJobs(), new Date())).toEqual({ ...none, started: ['run'] });
  });

  it('names a run that it cannot start again, and tries the others and then this one again', async () => {
    const store = await started();
    await writeJson(store, runKeys('second').request, { dataset: 'set' });
    const refused = new EarshotError('JOB_START_FAILED', { received: '500' });
    const picky = recordedJobs();
    const start = picky.start.bind(picky);
    const jobs = {
      ...picky,
      start: (jobRun: string, env: Readonly<Record<string, string>>) =>
        jobRun.startsWith('run-') ? Promise.reject(refused) : start(jobRun, env),
    };
    expect(await reviveRuns(store, jobs, minutesOn(11))).toEqual({
      started: ['second'],
      restarted: [],
      failed: [{ key: 'runs/run/', reason: refused.message }],
    });
    expect((await jsonAt<RunJob>(store, keys.job)).attempt).toBe(2);
    expect((await reviveRuns(store, recordedJobs(), minutesOn(22))).restarted).toContain('run');
  });

  it('does nothing about folders that are no runs', async () => {
    const store = await freshBucket();
    await store.put('runs/notes.txt', Buffer.from('x'));
    await store.put('runs/a/b/request.json', Buffer.from('{}'));
    expect(await reviveRuns(store, recordedJobs(), minutesOn(60))).toEqual(none);
  });
});
