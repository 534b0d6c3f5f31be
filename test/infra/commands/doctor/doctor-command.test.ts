import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloudPlace } from '../../../../infra/commands/cloud/cloud-place.ts';
import { examine, runDoctor } from '../../../../infra/commands/doctor/doctor-command.ts';
import type { Finding } from '../../../../infra/commands/doctor/finding.ts';
import { listenOnLoopback } from '../../../../infra/local/node-http.ts';
import { openCliDriver } from '../../../../infra/serverless-code-engine/subscriptions/cli-driver.ts';
import { desiredSubscriptions } from '../../../../infra/serverless-code-engine/subscriptions/desired-subscriptions.ts';
import type { Service } from '../../../../infra/service/service.ts';
import { commandContext } from '../../../fixtures/deployment/command-context.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';
import {
  type DeployedService,
  deployedService,
  eventsSecret,
} from '../../../fixtures/deployment/deployed-service.ts';
import { type FakeCloud, startCloud } from '../../../fixtures/ibm-cloud/start-cloud.ts';
import { type FakeIbmCloud, freshIbmCloud } from '../../../fixtures/ibmcloud/fake-ibmcloud.ts';
import { inProcessCli } from '../../../fixtures/ibmcloud/in-process-cli.ts';
import { type InstalledFake, installFakeIbmCloud } from '../../../fixtures/ibmcloud/install-fake-ibmcloud.ts';

const early = new Date('2026-01-01T00:00:00Z');
const usual = aService();
let service: Service;
let cloud: FakeCloud;
let deployed: DeployedService;
let cli: FakeIbmCloud;
let fake: InstalledFake;
let folder: string;
/** Speaks as much of the registry's protocol as a question needs. */
let registry: Server;
let knownPassword: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-doctor-'));
  fake = await installFakeIbmCloud(folder);
  registry = createServer(({ headers, url }, response) => {
    const basic = `Basic ${Buffer.from(`iamapikey:${knownPassword}`).toString('base64')}`;
    const isKnown = headers.authorization === basic;
    const status = isKnown ? (url === '/v2/team/earshot-events/tags/list' ? 404 : 400) : 401;
    response.writeHead(status, { 'www-authenticate': 'Basic realm="team"' }).end('{}');
  });
  const host = `127.0.0.1:${await listenOnLoopback(registry, 0)}`;
  service = { ...usual, provider: { ...usual.provider, registry: `${host}/team` } };
});
afterAll(async () => {
  registry.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  cloud = await startCloud();
  knownPassword = cloud.env['IBMCLOUD_API_KEY']!;
});
afterEach(() => cloud.close());

/** A deployment with nothing wrong. */
async function deploy(): Promise<void> {
  deployed = await deployedService(cloud, service);
  const { project, owner, names } = deployed;
  cli = freshIbmCloud({ projects: { [project.id]: 'eu-de' } });
  const target = { region: 'eu-de', projectId: project.id, hasApiKey: false };
  const place = { owner, app: names.events, bucket: service.provider.bucket, secret: eventsSecret };
  await openCliDriver({ cli: inProcessCli(cli), target, owner }).apply(desiredSubscriptions(service, place));
}

async function found(changes: { path?: string; apiKey?: string } = {}): Promise<Record<string, Finding>> {
  if (cli !== undefined) await fake.write(cli);
  const { path: searched = `${folder}:${process.env['PATH']}`, apiKey = cloud.env['IBMCLOUD_API_KEY']! } =
    changes;
  const env = { ...cloud.env, IBMCLOUD_API_KEY: apiKey, PATH: searched };
  const findings = await examine(cloudPlace(service, env), early);
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

const levels = (findings: Readonly<Record<string, Finding>>) =>
  Object.fromEntries(Object.entries(findings).map(([check, { level }]) => [check, level]));

describe('doctor', () => {
  it('finds nothing wrong with a deployment that works', async () => {
    await deploy();
    const findings = await found();
    expect(levels(findings), JSON.stringify(findings, null, 1)).toEqual({
      ...{ credentials: 'ok', runtime: 'ok', project: 'ok', quotas: 'ok', deployment: 'ok' },
      ...{ ibmcloud: 'ok', subscriptions: 'ok', bucket: 'ok', authorization: 'ok', registry: 'ok' },
    });
    expect(JSON.stringify(findings)).not.toContain(eventsSecret);
  });

  it('names each thing that is wrong, with its remedy', async () => {
    await deploy();
    const { project, names } = deployed;
    cloud.buckets.locations.set(service.provider.bucket, 'us-south-smart');
    cloud.iam.policies.clear();
    const stored = cloud.codeEngine.projects.get(project.id)!;
    stored.resources.failures.set(`app ${names.events}`, 'image_pull_failed');
    await project.update('app', names.events, '*', { scale_max_instances: 3 });
    delete cli.cos['earshot-test-validate'];
    cli.cron['earshot-test-sweep'] = { ...cli.cron['earshot-test-sweep']!, extensions: {} };
    knownPassword = 'another';
    const findings = await found();
    expect(levels(findings)).toMatchObject({
      ...{ deployment: 'problem', subscriptions: 'problem', bucket: 'problem' },
      ...{ authorization: 'problem', registry: 'problem', quotas: 'ok' },
    });
    expect(findings['bucket']!.text).toContain('us-south-smart');
    expect(findings['deployment']!.text).toContain('events: failed');
    expect(findings['authorization']!.remedy).toContain(`--source-service-instance-id ${project.id}`);
    for (const { level, remedy } of Object.values(findings)) expect(remedy === null).toBe(level === 'ok');
  });

  it('without the command line warns, as commands can be printed', async () => {
    await deploy();
    expect((await found({ path: '/nowhere' }))['ibmcloud']).toMatchObject({
      level: 'warning',
      remedy: expect.stringContaining('--subscriptions print'),
    });
  });

  it('in an empty account says what is missing, and ends with 6', async () => {
    const { context } = commandContext(service, { ...cloud.env, PATH: '/nowhere' });
    const { lines, json, failure } = await runDoctor(context);
    const { findings } = json as { findings: Finding[] };
    const problems = findings.filter(({ level }) => level === 'problem').map(({ check }) => check);
    expect(problems).toEqual(['project', 'bucket']);
    expect(failure?.code).toBe('DOCTOR_FOUND_PROBLEMS');
    expect(lines.join('\n')).toContain('Deploy with --create');
  });

  it('with a key that nobody knows looks at nothing else', async () => {
    const findings = await found({ apiKey: 'wrong-key' });
    expect(levels(findings)).toEqual({ credentials: 'problem' });
    expect(JSON.stringify(findings)).not.toContain('wrong-key');
  });
});
