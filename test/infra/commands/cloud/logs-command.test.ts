import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLogs } from '../../../../infra/commands/cloud/logs-command.ts';
import { commandContext } from '../../../fixtures/deployment/command-context.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';
import { type DeployedService, deployedService } from '../../../fixtures/deployment/deployed-service.ts';
import { type FakeCloud, startCloud } from '../../../fixtures/ibm-cloud/start-cloud.ts';
import { freshIbmCloud } from '../../../fixtures/ibmcloud/fake-ibmcloud.ts';
import { type InstalledFake, installFakeIbmCloud } from '../../../fixtures/ibmcloud/install-fake-ibmcloud.ts';

const service = aService();
let cloud: FakeCloud;
let deployed: DeployedService;
let fake: InstalledFake;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-logs-'));
  cloud = await startCloud();
  deployed = await deployedService(cloud, service);
  const { project, names } = deployed;
  for (const name of ['first-1', 'second-1']) {
    await project.create('job_run', { name, job_name: names.train });
  }
  fake = await installFakeIbmCloud(
    folder,
    freshIbmCloud({
      loggedIn: false,
      apiKey: cloud.env['IBMCLOUD_API_KEY']!,
      projects: { [project.id]: 'eu-de' },
      logs: {
        [names.events]: ['validate a', 'shard b', 'validate c'],
        'second-1': ['step 1'],
      },
    }),
  );
});
afterAll(async () => {
  await cloud.close();
  await rm(folder, { recursive: true });
});

async function logs(options: object): Promise<string[]> {
  const { context, written } = commandContext(
    service,
    { ...cloud.env, PATH: `${folder}:${process.env['PATH']}` },
    { ...options },
  );
  await runLogs(context);
  return written;
}

describe('logs', () => {
  it('of an event function are those of the events app, by documented flags, after a login with the API key', async () => {
    expect(await logs({ function: 'validate', tail: true, lines: '2', filter: 'validate' })).toEqual([
      'validate c',
    ]);
    const calls = (await fake.read()).calls.map((args) => args.join(' '));
    expect(calls).toEqual([
      'target -r eu-de',
      'login -r eu-de',
      'target -r eu-de',
      `ce project select --id ${deployed.project.id}`,
      `ce application logs --application ${deployed.names.events} --tail 2 --timestamps --follow`,
    ]);
  });

  it('of a job are those of the run that is named', async () => {
    expect(await logs({ function: 'train', run: 'second-1' })).toEqual(['step 1']);
  });

  it('of a function are elsewhere, and the error says where', async () => {
    await expect(logs({ function: 'infer' })).rejects.toMatchObject({
      code: 'LOGS_ELSEWHERE',
      remedy: expect.stringContaining('IBM Cloud Logs'),
    });
  });

  it.each([
    [{ function: 'nothing' }, 'infer, validate, sweep, train'],
    [{ function: 'validate', lines: '0' }, 'a whole number of at least 1'],
  ])('are refused for %j', async (options, expected) => {
    await expect(logs(options)).rejects.toMatchObject({ code: 'USAGE', details: { expected } });
  });
});
