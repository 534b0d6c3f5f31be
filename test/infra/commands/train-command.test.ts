import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { train, trainLines } from '../../../infra/commands/train-command.ts';
import { parseTrainOptions } from '../../../infra/commands/train-options.ts';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { firstStatus, runRequestSchema } from '../../../shared/runs/documents.ts';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { readJson, writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { commandContext } from '../../fixtures/deployment/command-context.ts';
import { startTemporaryStore, type TemporaryStore } from '../../fixtures/object-store/temporary-store.ts';
import { runReport } from '../../fixtures/run-report.ts';

const now = new Date('2026-11-28T09:30:15.123Z');
let local: TemporaryStore;
let store: ObjectStore;
beforeAll(async () => {
  local = await startTemporaryStore();
  store = openCosObjectStore(local.settings);
});
afterAll(() => local.remove());

const { reporter } = commandContext({}, {}).context;
const ask = (options: object, patienceMs = 60_000, signal = new AbortController().signal) =>
  train(parseTrainOptions({ dataset: 'sounds', ...options }, now), {
    store,
    reporter,
    signal,
    pollMs: 5,
    patienceMs,
  });

/** As a trainer ends a run. */
async function complete(run: string): Promise<void> {
  await writeJson(store, runKeys(run).report, runReport(run));
  await writeJson(store, runKeys(run).status, { ...firstStatus(run, 1, 'completed'), step: 20, steps: 20 });
}

describe('train', () => {
  it('writes the request that start-training wakes to, and follows the run to its report', async () => {
    const asked = ask({ run: 'first', recipe: 'best', members: '4', model: 'served' });
    await expect.poll(() => store.head(runKeys('first').request), { timeout: 10_000 }).not.toBeNull();
    const request = await readJson(store, runKeys('first').request, runRequestSchema, 'REQUEST_INVALID');
    expect(request?.value).toMatchObject({
      dataset: 'sounds',
      model: 'served',
      members: 4,
      training: { recipe: 'best' },
    });
    await complete('first');
    const { report, run } = await asked;
    expect([run, report?.version]).toEqual(['first', '1']);
    expect(trainLines({ run, report }).join('\n')).toMatch(/mAP 0\.500, .* on \d+ eval clips$/m);
  });

  it('asked again for the same follows the run that is there', async () => {
    await ask({ run: 'again', detach: true });
    await complete('again');
    expect((await ask({ run: 'again' })).report?.run).toBe('again');
  });

  it('refuses a name that another request has', async () => {
    await ask({ run: 'taken', detach: true });
    await expect(ask({ run: 'taken', recipe: 'linear' })).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: '--run' },
    });
  });

  it('says so when nothing starts the run', async () => {
    await expect(ask({ run: 'lost' }, 0)).rejects.toMatchObject({
      code: 'RUN_FAILED',
      details: { received: expect.stringContaining('replay runs/lost/request.json') },
    });
  });

  it('that is interrupted leaves the request', async () => {
    const interrupted = new AbortController();
    const asked = ask({ run: 'broken-off' }, 60_000, interrupted.signal);
    const ended = expect(asked).rejects.toThrow();
    await expect.poll(() => store.head(runKeys('broken-off').request), { timeout: 10_000 }).not.toBeNull();
    interrupted.abort(new Error('Ctrl-C'));
    await ended;
    expect(await store.head(runKeys('broken-off').request)).not.toBeNull();
  });
});

describe('the options of train', () => {
  it('name the run after dataset and time', () => {
    expect(parseTrainOptions({ dataset: ['sounds'] }, now).run).toBe('sounds-20261128-093015');
  });

  it.each([
    {},
    { dataset: ['a', 'b'] },
    { dataset: 'Not/A/Dataset' },
    { dataset: 'sounds', run: 'a/b' },
    { dataset: 'sounds', recipe: 'unknown' },
    { dataset: 'sounds', members: 'many' },
    { dataset: 'sounds', model: '../x' },
  ])('are refused as %j', (options) => {
    expect(() => parseTrainOptions(options, now)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
