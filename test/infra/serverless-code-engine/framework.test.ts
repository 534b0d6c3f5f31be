import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subscriptionsOf } from '../../../infra/local/platform.ts';
import { matchesSubscription, type Service, serviceOf } from '../../../infra/service/service.ts';
import * as keys from '../../../shared/dataset/keys.ts';
import { modelKeys, runKeys } from '../../../shared/dataset/keys.ts';
import { type Ended, projectRoot, runServerless } from '../../e2e/run-serverless.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** Runs a command on a copy of serverless.yml in which `from` became `to`. */
async function withEdit(from: string, to: string, command = 'print'): Promise<Ended> {
  const folder = await mkdtemp(path.join(tmpdir(), 'earshot-service-'));
  folders.push(folder);
  const text = await readFile(path.join(projectRoot, 'serverless.yml'), 'utf8');
  expect(text).toContain(from);
  await writeFile(path.join(folder, 'serverless.yml'), text.replace(from, to));
  await symlink(path.join(projectRoot, 'infra'), path.join(folder, 'infra'));
  return runServerless([command], {}, folder);
}

describe('serverless.yml, resolved by the framework', () => {
  let service: Service;

  beforeAll(async () => {
    const { code, stdout, stderr } = await runServerless(['print', '--format', 'json', '--stage', 'prod']);
    expect(code, stdout + stderr).toBe(0);
    service = serviceOf(JSON.parse(stdout));
  });

  it('declares bucket, functions, events, clock and job', () => {
    expect(service.provider).toMatchObject({ name: 'code-engine', runtime: 'nodejs-22', region: 'eu-de' });
    expect(service.provider.bucket).toBe('earshot-prod');
    expect(Object.keys(service.functions)).toEqual(['infer', 'validate', 'shard', 'start-training', 'sweep']);
    expect(service.functions['infer']?.environment?.['EARSHOT_MODEL']).toBe('audioset');
    expect(service.functions['sweep']?.events).toEqual([{ cron: '*/10 * * * *' }]);
    expect(Object.keys(service.jobs)).toEqual(['train']);
  });

  it('wakes a function by the keys it is meant for, and by no key that a stage writes beside them', () => {
    const incoming = keys.incomingKey('d', 'train', 'folder/x.tfrecord');
    const woken = (key: string) =>
      subscriptionsOf(service)
        .filter(({ event }) => matchesSubscription(event, key, 'write'))
        .map(({ functionName }) => functionName);
    expect(woken(incoming)).toEqual(['validate']);
    expect(woken(keys.receiptKey(incoming))).toEqual(['shard']);
    const run = runKeys('r');
    expect(woken(run.request)).toEqual(['start-training']);
    const version = modelKeys('m').version('1');
    const others = [
      ...[keys.quarantineKey(incoming), keys.quarantineReasonsKey(incoming), keys.manifestKey(incoming)],
      ...[keys.shardKey('d', 'train', 'hash'), keys.snapshotKey('d', 'hash'), keys.probeKey],
      ...[keys.datasetConfigKey('d'), keys.labelListKey('d'), modelKeys('m').aliases],
      ...[run.job, run.resolved, run.status, run.report, run.checkpointPointer, run.checkpoint(1, 2)],
      run.metrics(1, 2),
      ...Object.values(version),
    ];
    expect(others.filter((key) => woken(key).length > 0)).toEqual([]);
  });
});

const stackLine = /^\s+at .*:\d+/m;

/** misspellings.test.ts has the others; each costs a start of the framework here. */
describe.concurrent('a typo', () => {
  it.each([
    ['a property of the provider', 'region:', 'regoin:', 'provider.regoin', 'region'],
    ['an event', '- cron:', '- corn:', 'functions.sweep.events[0].corn', 'cron'],
  ])('in %s ends with what was probably meant', async (_, from, to, where, meant) => {
    const { code, stdout, stderr } = await withEdit(from, to);
    expect(code).toBe(3);
    expect(stdout + stderr).toContain(`at ${where}`);
    expect(stdout + stderr).toContain(`did you mean "${meant}"?`);
    expect(stdout + stderr).not.toMatch(stackLine);
  });

  it("in a value is refused by the framework with our provider's schema", async () => {
    const { code, stdout, stderr } = await withEdit('timeout: 60\n', 'timeout: 6000\n');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("'functions.infer.timeout': must be <= 600");
    expect(stdout + stderr).not.toMatch(stackLine);
  });
});

it('a command that is not built says so, and what there is instead', async () => {
  const { code, stdout, stderr } = await runServerless(['deploy']);
  expect(code).toBe(2);
  expect(stdout + stderr).toContain('This command does not exist yet');
  expect(stdout + stderr).toContain('received deploy');
  expect(stdout + stderr).toContain('npm start');
  expect(stdout + stderr).not.toMatch(stackLine);
});
