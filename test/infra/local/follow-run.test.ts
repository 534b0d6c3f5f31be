import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { followRun } from '../../../infra/local/follow-run.ts';
import type { Reporter } from '../../../infra/local/reporter.ts';
import { RunEnds } from '../../../infra/local/run-ends.ts';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { firstStatus, type RunReport, type RunStatus } from '../../../shared/runs/documents.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { runReport } from '../../fixtures/run-report.ts';

let local: TemporaryStore;
let store: ObjectStore;
let run: string;
let ends: RunEnds;
let shown: string[];
let count = 0;
beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
});
afterAll(() => local.remove());
beforeEach(() => {
  run = `run-${count++}`;
  ends = new RunEnds();
  shown = [];
});

const reporter: Reporter = {
  say: () => {},
  warn: () => {},
  fail: () => {},
  progress: (title, total) => ({
    update: (done, note) => shown.push(`${title} ${done}/${total} ${note}`),
    end: (note) => shown.push(`${title} ${note}`),
  }),
};

function follow(signal = new AbortController().signal) {
  const endOf = (name: string) => ends.of(name);
  const onStarted = () => shown.push('started');
  return followRun({ store, run, reporter, endOf, onStarted, signal });
}

const writeStatus = (changes: Partial<RunStatus>) =>
  writeJson(store, runKeys(run).status, { ...firstStatus(run, 1, 'starting'), ...changes });

const report = (): RunReport => runReport(run);

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) =>
      error instanceof EarshotError ? `${error.code}: ${error.details.received}` : String(error),
  );
}

describe('a run that is followed', () => {
  it('shows its progress, and gives its report when it has ended', async () => {
    const following = follow();
    await writeStatus({
      phase: 'training',
      step: 7,
      steps: 20,
      loss: 0.1234,
      examplesPerSecond: 1500.4,
      etaSeconds: 2.2,
    });
    await expect
      .poll(() => shown, { timeout: 5000 })
      .toContain('training 7/20 loss 0.1234, 1500 clips/s, 3 s left');
    await writeJson(store, runKeys(run).report, report());
    await writeStatus({ phase: 'completed', step: 20, steps: 20 });
    expect(await following).toMatchObject({ version: '1', steps: 20 });
    expect(shown[0]).toBe('started');
    expect(shown.filter((text) => text === 'started')).toHaveLength(1);
    expect(shown.at(-1)).toBe('training 20 steps in 2.5 s on wasm, 99 parameters');
  });

  it('fails with the error that the run failed with, and does not say it twice', async () => {
    const error = new EarshotError('SNAPSHOT_EMPTY', { field: 'eval', received: '0 in eval' });
    const { code, message, remedy } = error;
    await writeStatus({ phase: 'failed', error: { code, message, remedy } });
    expect(await failureOf(follow())).toBe('SNAPSHOT_EMPTY: (field eval): received 0 in eval');
  });

  it('fails with the fault of a job that ended, though the run may be started again', async () => {
    await writeStatus({ phase: 'training', error: { code: 'STORE_FAILED', message: 'x', remedy: '' } });
    ends.noteExit(`${run}-1`, 'code 1');
    expect(await failureOf(follow())).toBe('STORE_FAILED: x');
  });

  it.each(['constructor', 'NO_SUCH_CODE'])('fails also with a code that nobody knows: %s', async (code) => {
    await writeStatus({ phase: 'failed', error: { code, message: 'm', remedy: '' } });
    expect(await failureOf(follow())).toBe('RUN_FAILED: m');
  });

  it.each([
    ['SIGKILL', 'SIGKILL'],
    [null, 'code 0, but without a report'],
  ])('fails when its job ended without a word: %s', async (failure, how) => {
    const following = failureOf(follow());
    ends.noteExit(`${run}-1`, failure);
    expect(await following).toBe(`RUN_FAILED: job run ${run}-1 ended with ${how}`);
  });

  it('waits on when a member that was started again has ended well, and fails when it has not', async () => {
    const following = failureOf(follow());
    ends.noteExit(`${run}-2-m1`, null);
    expect(ends.of(run)).toBeNull();
    ends.noteExit(`${run}-3-m1`, 'SIGKILL');
    expect(await following).toBe(`RUN_FAILED: job run ${run}-3-m1 ended with SIGKILL`);
  });

  it('fails when its request was given up', async () => {
    const following = failureOf(follow());
    const letter = { functionName: 'start-training', attempts: 8, reason: '503 no job' };
    ends.noteLetter({ ...letter, key: 'runs/another/request.json' });
    ends.noteLetter({ ...letter, key: `incoming/${run}/request.json` });
    ends.noteLetter({ ...letter, key: runKeys(run).request });
    expect(await following).toBe('RUN_FAILED: start-training gave up after 8 attempts: 503 no job');
  });

  it('does not care how the job of another run ended', async () => {
    ends.noteExit(`${run}0-1`, 'code 1');
    await writeJson(store, runKeys(run).report, report());
    await writeStatus({ phase: 'completed' });
    expect(await failureOf(follow())).toBe('none');
  });

  it('is left when it is interrupted', async () => {
    const controller = new AbortController();
    const following = failureOf(follow(controller.signal));
    controller.abort();
    expect(await following).toContain('AbortError');
  });
});
