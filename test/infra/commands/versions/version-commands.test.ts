import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runNamedCommand } from '../../../../infra/commands/run-named-command.ts';
import { runCandidate, wishOf } from '../../../../infra/commands/versions/candidate-command.ts';
import { runModels } from '../../../../infra/commands/versions/models-command.ts';
import { runPromote, runRollback } from '../../../../infra/commands/versions/move-commands.ts';
import { readAliases } from '../../../../shared/registry/aliases.ts';
import { noComparison, withRequest, writeComparison } from '../../../../shared/registry/comparisons.ts';
import { publishVersion } from '../../../../shared/registry/versions.ts';
import { openCosObjectStore } from '../../../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { commandContext } from '../../../fixtures/deployment/command-context.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';
import {
  plainClient,
  startTemporaryStore,
  type TemporaryStore,
} from '../../../fixtures/object-store/temporary-store.ts';
import { publish, smallLabels, smallModel } from '../../../fixtures/published-model.ts';

let local: TemporaryStore;
let store: ObjectStore;
let env: Readonly<Record<string, string>>;
let buckets = 0;

beforeAll(async () => {
  local = await startTemporaryStore();
});
afterAll(() => local.remove());

/** A bucket with versions 1 and 2 of `sounds`, of which 2 is stable, and version 1 of `birds`. */
beforeEach(async () => {
  const bucket = `commands-${++buckets}`;
  await plainClient(local.server.url).createBucket({ Bucket: bucket }).promise();
  const { settings } = local;
  store = openCosObjectStore({ ...settings, bucket });
  const { credentials } = settings;
  if (credentials.kind !== 'hmac') throw new Error('the local store takes HMAC keys');
  env = {
    IBMCLOUD_API_KEY: 'PLANTED-cloud-key',
    COS_ENDPOINT: settings.endpoint,
    COS_BUCKET: bucket,
    COS_ACCESS_KEY_ID: credentials.accessKeyId,
    COS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  await publish(store, 'sounds', '1', smallModel(1));
  await publishVersion(store, 'sounds', '2', smallModel(2), {
    labels: smallLabels,
    metrics: { mAP: 0.28125, AUC: 0.947, dPrime: 2.29 },
    lineage: { run: 'night-run', dataset: 'sounds' },
    card: '# A test\n',
  });
  await publish(store, 'sounds', '2', smallModel(2));
  await publish(store, 'birds', '1', smallModel(3));
});

/** On the bucket of a deployment; the local one is opened in the same way. */
const contextOf = (options: object) => commandContext(aService(), env, { cloud: true, ...options }).context;
const stable = async () => (await readAliases(store, 'sounds'))!.aliases.stable;

it('models lists versions, aliases, figures and runs, the newest first, and the moves', async () => {
  const { lines, json } = await runModels(contextOf({}));
  const text = lines.join('\n');
  expect(lines[0]).toBe('birds: stable 1');
  expect(text).toContain('sounds: stable 2');
  const rows = lines.slice(lines.indexOf('sounds: stable 2') + 1).map((line) => line.split(/ {2,}/).slice(1));
  expect(rows[0]).toEqual(['version', 'alias', 'mAP', 'AUC', 'd-prime', 'MB', 'when', 'run']);
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
  expect(rows[1]).toEqual(['2', 'stable', '0.2813', '0.9470', '2.29', '0.0', at, 'night-run']);
  expect(rows[2]).toEqual(['1', '-', '-', '-', '-', '0.0', at, '-']);
  expect(text).toMatch(/stable 1 → 2 at \S+: a test/);
  expect(json).toMatchObject({ models: [{ model: 'birds' }, { model: 'sounds', stable: '2' }] });
  expect((await runModels(contextOf({ model: 'sounds' }))).lines[0]).toBe('sounds: stable 2');
});

it('rollback and promote move stable, and say what it was', async () => {
  const back = await runRollback(contextOf({ model: 'sounds', reason: 'hears dogs' }));
  expect(back.lines).toEqual(['sounds: stable 1 (was 2; served within seconds)']);
  expect((await readAliases(store, 'sounds'))!.aliases.history.at(-1)).toMatchObject({
    reason: 'hears dogs',
  });
  const { json } = await runPromote(contextOf({ model: 'sounds', to: '2' }));
  expect(json).toEqual({ model: 'sounds', stable: '2', candidate: null, before: '1', changed: true });
  expect((await runPromote(contextOf({ model: 'sounds', to: '2' }))).lines[0]).toContain('as before');
  await expect(runRollback(contextOf({}))).rejects.toMatchObject({
    code: 'VERSION_UNKNOWN',
    details: { expected: 'a model: birds, sounds', received: 'no name' },
  });
});

it('candidate sets, reports and clears', async () => {
  const set = await runCandidate(contextOf({ model: 'sounds', to: '1', share: '12.5', shadow: true }));
  expect(set.lines).toEqual(['sounds: stable 2, candidate 1 (12.5 % of the requests, shadow)']);
  const none = await runCandidate(contextOf({ model: 'sounds' }));
  expect(none.lines[1]).toContain('nothing compared yet');
  const clip = { mean: 0.25, largest: 0.5, sameTop1: true, top5Overlap: 0.8, labelsDiffer: false };
  const sums = withRequest(noComparison(new Date(0)), [clip, { ...clip, sameTop1: false }], new Date(1000));
  await writeComparison(store, { model: 'sounds', stable: '2', candidate: '1' }, 'one', sums);
  const { lines, json } = await runCandidate(contextOf({ model: 'sounds' }));
  expect(lines.slice(1)).toEqual([
    'compared: 1 requests, 2 clips, by 1 instances, 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z',
    'not compared: 0 skipped while requests had no pause, 0 that the candidate could not score',
    '|Δ probability|: mean 0.2500, largest 0.5000',
    'same first label in 50.0 % of the clips; 80.0 % of the first five are the same',
    'other labels above the threshold in 0.0 % of the clips',
  ]);
  expect(json).toMatchObject({ comparison: { clips: 2, instances: 1 }, disagreement: { sameTop1: 0.5 } });
  const cleared = await runCandidate(contextOf({ model: 'sounds', clear: true }));
  expect(cleared.lines).toEqual(['sounds: stable 2, no candidate']);
});

it('with the environment of a bucket, the exit code and the JSON say what was refused', async () => {
  const written: string[] = [];
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const options = { model: 'sonds', to: '1', json: true };
    const configuration = aService();
    const code = await runNamedCommand('promote', {
      ...{ options, configuration, root: '/nowhere' },
      writeText: (text) => void written.push(text),
    });
    expect(code).toBe(2);
  } finally {
    process.env = before;
  }
  expect(JSON.parse(written.at(-1)!)).toMatchObject({ error: { code: 'VERSION_UNKNOWN' } });
  expect(written.at(-1)).toContain('did you mean \\"sounds\\"?');
  expect(await stable()).toBe('2');
});

describe('options of candidate', () => {
  it.each([
    [{}, { version: undefined, traffic: {}, isChange: false }],
    [{ share: '10%' }, { version: undefined, traffic: { share: 0.1 }, isChange: true }],
    [{ shadow: false }, { version: undefined, traffic: { shadow: false }, isChange: true }],
    [{ clear: true }, { version: null, traffic: {}, isChange: true }],
  ])('%j are read', (options, wish) => {
    expect(wishOf(options)).toEqual(wish);
  });

  it.each([{ share: '101' }, { share: 'ten' }, { share: '-1' }, { clear: true, to: '1' }])(
    '%j are refused',
    (options) => {
      expect(() => wishOf(options)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );
});
