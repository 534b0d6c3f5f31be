import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  Change,
  ChangeableKind,
  Desired,
} from '../../../../infra/serverless-code-engine/api/resources.ts';
import { type OpenedCloud, openCloud } from '../../../fixtures/ibm-cloud/open-cloud.ts';

let cloud: OpenedCloud;

beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.close());

const app: Desired<'app'> = {
  name: 'events',
  image_reference: 'de.icr.io/sound/events:1',
  image_port: 8080,
  run_env_variables: [{ type: 'literal', name: 'COS_BUCKET', value: 'sound' }],
  scale_cpu_limit: '1',
  scale_memory_limit: '4G',
};
/** Of each kind that changes: how it is made, a change, and what shows it. */
const changes: { [K in ChangeableKind]: [Desired<K>, Change<K>, object] } = {
  app: [app, { scale_max_instances: 3 }, { scale_max_instances: 3, image_port: 8080 }],
  function: [
    { name: 'infer', code_reference: 'de.icr.io/sound/infer:1', runtime: 'nodejs-22' },
    { scale_concurrency: 8 },
    { scale_concurrency: 8, runtime: 'nodejs-22' },
  ],
  job: [
    { name: 'train', image_reference: 'de.icr.io/sound/train:1' },
    { run_commands: ['node', 'train.js'] },
    { run_commands: ['node', 'train.js'] },
  ],
  secret: [
    { name: 'store', format: 'hmac_auth', data: { access_key_id: 'a', secret_access_key: 'b' } },
    { format: 'hmac_auth', data: { access_key_id: 'a', secret_access_key: 'c' } },
    { data: { access_key_id: 'a', secret_access_key: 'c' } },
  ],
  config_map: [{ name: 'record', data: { a: '1', b: '2' } }, { data: { a: '3' } }, { data: { a: '3' } }],
  build: [
    {
      name: 'train',
      output_image: 'de.icr.io/sound/train:1',
      output_secret: 'registry',
      strategy_type: 'dockerfile',
      source_url: 'https://example.com/sound.git',
    },
    { timeout: 900 },
    { timeout: 900, strategy_type: 'dockerfile' },
  ],
  domain_mapping: [
    {
      name: 'hear.example.com',
      component: { name: 'events', resource_type: 'app_v2' },
      tls_secret: 'registry',
    },
    { component: { name: 'events', resource_type: 'app_v2' } },
    { visibility: 'custom' },
  ],
};
const registry: Desired<'secret'> = {
  name: 'registry',
  format: 'registry',
  data: { server: 'de.icr.io', username: 'iamapikey', password: 'p' },
};

describe('a resource', () => {
  it.each(Object.keys(changes) as ChangeableKind[])(
    'of kind %s is made, read, changed under its entity tag, and removed',
    async (kind) => {
      const { project } = cloud;
      await project.create('secret', registry);
      if (kind === 'domain_mapping') await project.create('app', app);
      const [desired, change, shown] = changes[kind];
      const { name } = desired;
      expect(await project.get(kind, name)).toBeNull();
      const made = await project.create(kind, desired);
      expect(made).toMatchObject(desired);
      expect(await project.get(kind, name)).toEqual(made);
      const changed = await project.update(kind, name, made.entity_tag, change as never);
      expect(changed).toMatchObject(shown);
      expect(changed.entity_tag).not.toBe(made.entity_tag);
      expect(await project.get(kind, name)).toEqual(changed);
      await project.remove(kind, name);
      expect(await project.get(kind, name)).toBeNull();
      // Gone already.
      await project.remove(kind, name);
    },
  );

  it('is found on whichever page of the list it is', async () => {
    const { project, calls } = cloud;
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await project.create('config_map', { name });
    expect((await project.list('config_map')).map(({ name }) => name)).toEqual(names);
    expect(calls.log.filter(({ method }) => method === 'GET')).toHaveLength(3);
    expect(await project.list('app')).toEqual([]);
  });

  it('that another changed meanwhile is left as that one made it', async () => {
    const { project } = cloud;
    const { entity_tag } = await project.create('app', app);
    await project.update('app', 'events', entity_tag, { scale_max_instances: 3 });
    for (const status of [409, 412] as const) {
      cloud.codeEngine.manners.staleStatus = status;
      const late = project.update('app', 'events', entity_tag, { scale_max_instances: 9 });
      await expect(late).rejects.toMatchObject({
        code: 'CLOUD_CONFLICT',
        details: { resource: 'app events' },
      });
    }
    expect(await project.get('app', 'events')).toMatchObject({ scale_max_instances: 3 });
    await project.update('app', 'events', '*', { scale_max_instances: 9 });
    await expect(project.create('app', app)).rejects.toMatchObject({ code: 'CLOUD_CONFLICT' });
  });

  it('of a run is made from its job and listed by it', async () => {
    const { project } = cloud;
    await project.create('job', changes.job[0]);
    await project.create('job', { ...changes.job[0], name: 'other' });
    const run = await project.create('job_run', {
      name: 'night-1',
      job_name: 'train',
      scale_array_spec: '0-3',
    });
    await project.create('job_run', { name: 'other-1', job_name: 'other' });
    expect(run).toMatchObject({ image_reference: 'de.icr.io/sound/train:1', scale_array_spec: '0-3' });
    expect(await project.list('job_run', { job_name: 'train' })).toEqual([
      await project.get('job_run', 'night-1'),
    ]);
  });
});

describe('a project', () => {
  it('is made, waited for, found and removed', async () => {
    const { client, codeEngine } = cloud;
    codeEngine.manners.readyAfterReads = 2;
    const made = await client.createProject({
      name: 'sound-prod',
      resource_group_id: 'group-sound',
      tags: ['a'],
    });
    expect(made.status).toBe('preparing');
    const ready = await client.waitForProject(made.id!);
    expect(ready).toMatchObject({ status: 'active', name: 'sound-prod', account_id: cloud.accountId });
    expect((await client.projects()).map(({ name }) => name)).toEqual(['earshot-test', 'sound-prod']);
    expect(await client.project(made.id!).statusDetails()).toMatchObject({ domain: 'ready' });
    await client.removeProject(made.id!);
    expect(await client.getProject(made.id!)).toBeNull();
    await expect(client.project(made.id!).list('app')).rejects.toMatchObject({ code: 'CLOUD_NOT_FOUND' });
  });

  it('tells the runtimes of functions', async () => {
    const ids = (await cloud.client.functionRuntimes()).map(({ id }) => id);
    expect(ids).toEqual(['nodejs-22', 'nodejs-24']);
  });
});

describe('waiting', () => {
  it.each([
    ['app', 'ready', ['deploying', 'ready']],
    ['function', 'offline', ['deploying', 'offline']],
    ['job', undefined, ['no status']],
  ] as const)('for a(n) %s reads until it is %s', async (kind, status, told) => {
    cloud.codeEngine.manners.readyAfterReads = 3;
    const [desired] = changes[kind];
    await cloud.project.create(kind, desired);
    const statuses: string[] = [];
    const onStatus = (each: string) => void statuses.push(each);
    const ready = await cloud.project.waitUntilReady(kind, desired.name, { onStatus });
    expect((ready as { status?: string }).status).toBe(status);
    expect(statuses).toEqual(told);
  });

  it('for a revision does not take the one before for it', async () => {
    const { project, codeEngine } = cloud;
    const { entity_tag } = await project.create('app', app);
    codeEngine.manners.readyAfterReads = 2;
    await project.update('app', 'events', entity_tag, { scale_max_instances: 3 });
    const { status_details } = await project.waitUntilReady('app', 'events');
    expect(status_details).toMatchObject({ latest_ready_revision: 'events-00002' });
  });

  it.each([
    ['app', 'CLOUD_RESOURCE_FAILED', 'failed, no_revision_ready'],
    ['function', 'CLOUD_RESOURCE_FAILED', 'failed, no_code_bundle'],
  ] as const)('for a(n) %s that fails ends with the reason', async (kind, code, received) => {
    const [desired] = changes[kind];
    const { id } = cloud.project;
    cloud.codeEngine.projects.get(id)!.resources.failures.set(`${kind} ${desired.name}`, 'no_code_bundle');
    await cloud.project.create(kind, desired);
    const waiting = cloud.project.waitUntilReady(kind, desired.name);
    await expect(waiting).rejects.toMatchObject({ code, details: { received } });
  });

  it('ends when its time is over, and at once for what is not there', async () => {
    const { project, codeEngine } = cloud;
    codeEngine.manners.readyAfterReads = Infinity;
    await project.create('app', app);
    await expect(project.waitUntilReady('app', 'events', { withinMs: 20 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      details: { resource: 'app events', received: 'deploying after 0 s' },
    });
    await expect(project.waitUntilReady('app', 'none')).rejects.toMatchObject({ code: 'CLOUD_NOT_FOUND' });
  });

  it('for a removal reads until it is gone', async () => {
    const { project, codeEngine } = cloud;
    codeEngine.manners.goneAfterReads = 2;
    await project.create('app', app);
    await project.remove('app', 'events');
    expect(await project.get('app', 'events')).not.toBeNull();
    await project.waitUntilGone('app', 'events');
    expect(await project.get('app', 'events')).toBeNull();
  });
});
