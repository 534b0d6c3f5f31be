import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIbmCloudCli } from '../../../../infra/serverless-code-engine/ibmcloud-cli/run-ibmcloud.ts';
import { openCliDriver } from '../../../../infra/serverless-code-engine/subscriptions/cli-driver.ts';
import { desiredSubscriptions } from '../../../../infra/serverless-code-engine/subscriptions/desired-subscriptions.ts';
import { createPrintDriver } from '../../../../infra/serverless-code-engine/subscriptions/print-driver.ts';
import { serviceOf } from '../../../../infra/service/service.ts';
import type { EarshotError } from '../../../../shared/errors/earshot-error.ts';
import { fakeIbmCloud, freshIbmCloud } from '../../../fixtures/ibmcloud/fake-ibmcloud.ts';
import { inProcessCli } from '../../../fixtures/ibmcloud/in-process-cli.ts';
import { type InstalledFake, installFakeIbmCloud } from '../../../fixtures/ibmcloud/install-fake-ibmcloud.ts';

const secret = 'planted-5ecret';
const owner = { service: 'earshot', stage: 'prod' };
const service = serviceOf({
  service: 'earshot',
  provider: { name: 'code-engine', runtime: 'nodejs-22', bucket: 'sounds' },
  functions: {
    validate: { handler: 'functions/validate/handler.main', events: [{ cos: { prefix: "it's here/" } }] },
    'start-training': {
      handler: 'functions/start-training/handler.main',
      events: [
        { cos: { prefix: 'runs/', suffix: '/request.json', operation: 'write' } },
        { cos: { prefix: 'again/', operation: 'delete' } },
      ],
    },
    sweep: { handler: 'functions/sweep/handler.main', events: [{ cron: '*/10 * * * *' }] },
    infer: { handler: 'functions/infer/handler.main', events: [{ http: { path: '/predict' } }] },
  },
});
const desired = desiredSubscriptions(service, {
  owner,
  app: 'earshot-prod-events',
  bucket: 'sounds',
  secret,
});
const lines: string[] = [];
const printer = (reveal: boolean) => {
  lines.length = 0;
  const print = (line: string) => void lines.push(line);
  return createPrintDriver({ owner, region: 'eu-de', projectId: 'p1', reveal, print });
};

let folder: string;
let fake: InstalledFake;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ibmcloud-'));
  fake = await installFakeIbmCloud(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a shell that reads the lines gives to `ibmcloud`; where every command fails, all are seen. */
function commandsIn(env: Record<string, string>, succeeding: boolean): string[][] {
  const told = `ibmcloud() { printf '%s\\037' "$@"; printf '\\036'; return ${succeeding ? 0 : 1}; }`;
  const script = [told, ...lines.filter((line) => !line.startsWith('export '))].join('\n');
  const seen = execFileSync('/bin/sh', ['-c', `${script}\ntrue`], { env, stdio: 'pipe' }).toString();
  const commands = seen.split('\x1e').slice(0, -1);
  return commands.map((words) => words.split('\x1f').slice(0, -1));
}

describe('the subscriptions that serverless.yml asks for', () => {
  it('are one for each event of the store and of the clock', () => {
    expect(desired.map(({ kind, name, path }) => `${kind} ${name} ${path}`)).toEqual([
      'cos earshot-prod-validate /events/validate',
      'cos earshot-prod-start-training /events/start-training',
      'cos earshot-prod-start-training-2 /events/start-training',
      'cron earshot-prod-sweep /events/sweep',
    ]);
  });
});

describe('printed commands', () => {
  it('hold the secret only when that was asked for', async () => {
    await printer(false).apply(desired);
    expect(lines.join('\n')).not.toContain(secret);
    expect(lines[1]).toContain('ibmcloud ce secret get --name earshot-prod-events-key --output');
    await printer(true).apply(desired);
    expect(lines.join('\n')).toContain(secret);
  });

  it('make in a shell what the driver makes, once and again', async () => {
    const cloud = freshIbmCloud({ loggedIn: false, projects: { p1: 'eu-de' } });
    const env = { IBMCLOUD_API_KEY: 'key' };
    const driver = openCliDriver({
      cli: inProcessCli(cloud),
      target: { region: 'eu-de', projectId: 'p1', hasApiKey: false },
      owner,
    });
    await printer(false).apply(desired);
    const creations = commandsIn({ EARSHOT_EVENTS_SECRET: secret }, true);
    expect(creations.map((args) => fakeIbmCloud(cloud, args, env).code)).toEqual(Array(7).fill(0));
    const isAsWanted = async () => (await driver.plan(desired)).every(({ action }) => action === 'none');
    expect(await isAsWanted()).toBe(true);
    expect(cloud.cos['earshot-prod-validate']?.prefix).toBe("it's here/");

    const updates = commandsIn({ EARSHOT_EVENTS_SECRET: secret }, false).filter(
      (args) => args[3] === 'update',
    );
    expect(updates.map((args) => fakeIbmCloud(cloud, args, env).code)).toEqual([0, 0, 0, 0]);
    expect(await isAsWanted()).toBe(true);

    await printer(true).remove(desired);
    for (const args of commandsIn({}, true)) expect(fakeIbmCloud(cloud, args, env).code).toBe(0);
    expect(await driver.list()).toEqual([]);
  });

  it('end where the secret cannot be read, and say what it must be', async () => {
    await printer(false).apply(desired);
    expect(() => commandsIn({}, true)).toThrow('secret in the secret earshot-prod-events-key of the project');
  });

  it('say what would be made, and print nothing for a plan', async () => {
    const planned = await printer(false).plan(desired);
    expect(planned.map(({ action }) => action)).toEqual(['create', 'create', 'create', 'create']);
    expect(lines).toEqual([]);
  });
});

describe('the executable', () => {
  it('shows the secret in no error, though the command line says it again', async () => {
    const words = `Cannot take earshotsecret=${secret}.`;
    const failures = [{ command: 'ce subscription cos create', words }];
    await fake.write(freshIbmCloud({ projects: { p1: 'eu-de' }, failures }));
    const cli = openIbmCloudCli({ executable: fake.executable, env: process.env });
    const target = { region: 'eu-de', projectId: 'p1', hasApiKey: false };
    const error = await openCliDriver({ cli, target, owner })
      .apply(desired)
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'CLI_FAILED' });
    expect(String(error)).toContain('--extension earshotsecret=***');
    expect(String(error)).toContain('Cannot take earshotsecret=***.');
    expect(JSON.stringify([String(error), (error as EarshotError).details])).not.toContain(secret);
  });

  it('is said to be missing where it is', async () => {
    const cli = openIbmCloudCli({ executable: path.join(folder, 'nowhere'), env: process.env });
    await expect(cli.run(['ce', 'version'])).rejects.toMatchObject({ code: 'CLI_MISSING' });
  });

  it('refuses a flag that is not documented, and its words are in the error', async () => {
    const cli = openIbmCloudCli({ executable: fake.executable, env: process.env });
    const error = await cli
      .run(['ce', 'subscription', 'cos', 'list', '--all'])
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'CLI_FAILED' });
    expect(String(error)).toContain('flag provided but not defined: -all');
  });
});
