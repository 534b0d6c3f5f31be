import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, serviceOf } from '../../../infra/service/service.ts';
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

it('deploy without an API key says which variable it wants', async () => {
  const { code, stdout, stderr } = await runServerless(['deploy'], { IBMCLOUD_API_KEY: '' });
  expect(code, stdout + stderr).toBe(3);
  expect(stdout + stderr).toContain('field IBMCLOUD_API_KEY');
  expect(stdout + stderr).not.toMatch(stackLine);
});
