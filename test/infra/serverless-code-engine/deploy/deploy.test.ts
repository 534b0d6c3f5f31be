import { describe, expect, it } from 'vitest';
import { info } from '../../../../infra/serverless-code-engine/deploy/info.ts';
import { remove } from '../../../../infra/serverless-code-engine/deploy/remove.ts';
import { CloudInMemory } from '../../../fixtures/deployment/cloud-in-memory.ts';
import { aService, contextOver, deployTo } from '../../../fixtures/deployment/deploy-in-memory.ts';

async function deployed(): Promise<CloudInMemory> {
  const cloud = new CloudInMemory();
  cloud.watch(null);
  await deployTo(cloud);
  cloud.writes();
  return cloud;
}

describe('a first deployment', () => {
  it('makes every resource, in an order in which each finds what it refers to', async () => {
    const cloud = new CloudInMemory();
    cloud.watch(null);
    const { printed } = await deployTo(cloud);
    expect(cloud.writes()).toEqual([
      'create config_map earshot-test-deployment',
      'update config_map earshot-test-deployment',
      'create secret earshot-test-registry',
      'create key earshot-test-cos-read',
      'create secret earshot-test-cos-read',
      'create key earshot-test-cos-write',
      'create secret earshot-test-cos-write',
      'create secret earshot-test-api-key',
      'create secret earshot-test-events-key',
      'create secret earshot-test-jobs-key',
      expect.stringMatching(/^push .*train/),
      'create job earshot-test-train',
      expect.stringMatching(/^push .*infer/),
      'create function earshot-test-infer',
      expect.stringMatching(/^push .*events/),
      'create app earshot-test-events',
      'create subscription earshot-test-validate',
      'create subscription earshot-test-sweep',
      'update config_map earshot-test-deployment',
    ]);
    expect(printed.filter((line) => line.startsWith('API key: '))).toHaveLength(1);
    expect(printed.join('\n')).toContain('s3://earshot-test/incoming/');
    expect(printed.join('\n')).toContain('Cost: idle');
  });

  it('makes project, bucket and authorization only with --create', async () => {
    const cloud = new CloudInMemory(true);
    cloud.watch(null);
    await expect(deployTo(cloud)).rejects.toMatchObject({ code: 'CLOUD_NOT_FOUND' });
    expect(cloud.writes()).toEqual([]);
    await deployTo(cloud, {}, { create: true });
    expect(cloud.writes().slice(0, 3)).toEqual(['create project', 'create bucket', 'create policy']);
  });
});

describe('a deployment after another', () => {
  it('with nothing changed makes no call that changes something', async () => {
    const cloud = await deployed();
    const { printed } = await deployTo(cloud);
    expect(cloud.writes()).toEqual([]);
    expect(printed[0]).toContain('Nothing changed');
    expect(printed.join('\n')).not.toContain('API key');
  });

  it('sends what changed and nothing else', async () => {
    const cloud = await deployed();
    const service = aService();
    service.functions['infer']!.environment = { EARSHOT_MODEL: 'birds' };
    await deployTo(cloud, { service });
    expect(cloud.writes().filter((call) => !call.includes('config_map'))).toEqual([
      'update function earshot-test-infer',
    ]);
    const fn = cloud.project.resources.get('function/earshot-test-infer');
    expect(fn?.['run_env_variables']).toContainEqual({
      type: 'literal',
      name: 'EARSHOT_MODEL',
      value: 'birds',
    });
  });

  it('with new code pushes and changes only what runs it', async () => {
    const cloud = await deployed();
    await deployTo(cloud, { sources: '2' });
    expect(cloud.writes().filter((call) => !call.includes('config_map'))).toEqual([
      expect.stringMatching(/^push .*infer/),
      'update function earshot-test-infer',
      expect.stringMatching(/^push .*events/),
      'update app earshot-test-events',
    ]);
  });

  it('writes the secrets anew when their API key is another, and no other secret', async () => {
    const cloud = await deployed();
    await deployTo(cloud, { env: { IBMCLOUD_API_KEY: 'PLANTED-second-key' } });
    expect(cloud.writes().filter((call) => !call.includes('config_map'))).toEqual([
      'update secret earshot-test-registry',
      'update secret earshot-test-jobs-key',
      // Its instances read the key when they start.
      'update app earshot-test-events',
    ]);
    cloud.writes();
    await deployTo(cloud, { env: { IBMCLOUD_API_KEY: 'PLANTED-second-key' } });
    expect(cloud.writes()).toEqual([]);
  });

  it('tries anew what could not come up', async () => {
    const cloud = await deployed();
    cloud.project.resources.get('app/earshot-test-events')!['status'] = 'failed';
    await deployTo(cloud);
    expect(cloud.writes()).toContain('update app earshot-test-events');
  });

  it('of one function changes nothing else, and wants a whole one before it', async () => {
    await expect(deployTo(new CloudInMemory(), {}, { onlyFunction: 'infer' })).rejects.toMatchObject({
      code: 'NOT_DEPLOYED',
    });
    const cloud = await deployed();
    await deployTo(cloud, { sources: '2' }, { onlyFunction: 'validate' });
    expect(cloud.writes().filter((call) => !call.includes('config_map'))).toEqual([
      expect.stringMatching(/^push .*events/),
      'update app earshot-test-events',
    ]);
    await expect(deployTo(cloud, {}, { onlyFunction: 'other' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('makes the subscriptions anew with another secret when the API does not tell the one they carry', async () => {
    const cloud = await deployed();
    const [list, get] = [cloud.project.list, cloud.project.get];
    const hidden = (one: object) => ({ ...one, data: undefined });
    cloud.project.list = async (kind, ...rest) => {
      const all = await list(kind, ...rest);
      return (kind === 'secret' ? all.map(hidden) : all) as never;
    };
    cloud.project.get = async (kind, name) => {
      const one = await get(kind, name);
      return (kind === 'secret' && one !== null ? hidden(one) : one) as never;
    };
    const { printed } = await deployTo(cloud);
    expect(printed[0]).toContain('Nothing changed');
    expect(cloud.writes()).toEqual([]);
    const service = aService();
    service.functions['validate']!.events = [{ cos: { prefix: 'other/', operation: 'write' } }];
    await deployTo(cloud, { service });
    const secret = cloud.project.resources.get('secret/earshot-test-events-key')?.['data'];
    const carried = [...cloud.subscriptions.values()].map((one) => one.secret);
    expect(carried).toEqual([(secret as { secret: string }).secret, (secret as { secret: string }).secret]);
  });

  it('deletes what serverless.yml has no more', async () => {
    const cloud = await deployed();
    const { infer } = aService().functions;
    await deployTo(cloud, { service: aService({ functions: { infer }, jobs: {} }) });
    expect(cloud.writes().filter((call) => !call.includes('config_map'))).toEqual([
      // It named the job.
      'update function earshot-test-infer',
      'delete subscription earshot-test-validate',
      'delete subscription earshot-test-sweep',
      'remove app earshot-test-events',
      'remove job earshot-test-train',
      'remove secret earshot-test-cos-write',
      expect.stringMatching(/^remove key /),
      'remove secret earshot-test-events-key',
      'remove secret earshot-test-jobs-key',
    ]);
  });

  it('makes a new API key when asked, and new instances that know it', async () => {
    const cloud = await deployed();
    const { printed } = await deployTo(cloud, {}, { newKeys: null });
    expect(cloud.writes().filter((call) => !call.includes('config_map'))).toEqual([
      'update secret earshot-test-api-key',
      'update function earshot-test-infer',
    ]);
    expect(printed[0]).toMatch(/^API key: [\w-]{43}$/);
  });

  const withKeys = (...keys: string[]) => {
    const service = structuredClone(aService());
    service.functions['infer']!.keys = keys;
    return { service };
  };
  const secretsIn = (calls: readonly string[]) => calls.filter((call) => / secret /.test(call));

  it('makes a key for each name, tells each once, and leaves the others as they are', async () => {
    const cloud = await deployed();
    const { printed } = await deployTo(cloud, withKeys('default', 'ci', 'web-page'));
    expect(secretsIn(cloud.writes())).toEqual([
      'create secret earshot-test-api-key-ci',
      'create secret earshot-test-api-key-web-page',
    ]);
    const told = printed.flatMap((line) => /^API key (\S+): ([\w-]{43})$/.exec(line)?.slice(1) ?? []);
    expect([told[0], told[2], new Set(told).size]).toEqual(['ci', 'web-page', 4]);
    expect((await deployTo(cloud, withKeys('default', 'ci', 'web-page'))).printed[0]).toContain(
      'Nothing changed',
    );
  });

  it('makes one key anew, and takes away what is no longer named', async () => {
    const cloud = await deployed();
    await deployTo(cloud, withKeys('default', 'ci'));
    cloud.writes();
    const { printed } = await deployTo(cloud, withKeys('default', 'ci'), { newKeys: ['ci'] });
    expect(secretsIn(cloud.writes())).toEqual(['update secret earshot-test-api-key-ci']);
    expect(printed[0]).toMatch(/^API key ci: [\w-]{43}$/);
    await deployTo(cloud, withKeys('ci'));
    expect(secretsIn(cloud.writes())).toEqual(['remove secret earshot-test-api-key']);
  });

  it('knows no key that serverless.yml does not name', async () => {
    const cloud = await deployed();
    await expect(deployTo(cloud, {}, { newKeys: ['ci'] })).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: '--key', expected: expect.stringContaining('default'), received: 'ci' },
    });
  });
});

describe('information on a deployment', () => {
  it('tells what a killed deployment left, and that one is at work', async () => {
    const cloud = await deployed();
    let calls = 0;
    cloud.watch({
      before(call) {
        calls += call === 'update app earshot-test-events' ? 1 : 0;
        if (calls > 0) throw new Error('killed');
      },
      after() {},
    });
    await deployTo(cloud, { sources: '2' }).catch(() => {});
    cloud.watch(null);
    const during = contextOver(cloud);
    await info(during.context);
    expect(during.told.printed[1]).toMatch(/^A deployment is at work: process 1 on here since 2026/);
    const later = contextOver(cloud, { now: () => new Date('2026-11-28T01:00:00Z') });
    await info(later.context);
    expect(later.told.printed[1]).toContain('did not come to its end');
  });
});

describe('what is not ours', () => {
  it.each([
    ['function', 'earshot-test-infer', { runtime: 'nodejs-22', code_reference: 'de.icr.io/x/y:1' }],
    ['app', 'earshot-test-events', { image_reference: 'de.icr.io/x/y:1' }],
    ['job', 'earshot-test-train', { image_reference: 'de.icr.io/x/y:1' }],
    ['secret', 'earshot-test-api-key', { format: 'generic', data: { a: 'b' } }],
    ['config_map', 'earshot-test-deployment', { data: { a: 'b' } }],
  ] as const)(
    'a %s of the name of ours is not touched, and ends the deployment',
    async (kind, name, body) => {
      const cloud = new CloudInMemory();
      await cloud.project.create(kind, { name, ...body } as never);
      const before = cloud.state;
      cloud.watch(null);
      await expect(deployTo(cloud)).rejects.toMatchObject({ code: 'RESOURCE_FOREIGN' });
      expect(cloud.writes()).toEqual([]);
      expect(cloud.state).toEqual(before);
    },
  );

  it('stays when ours is removed', async () => {
    const cloud = new CloudInMemory();
    await cloud.project.create('function', {
      name: 'earshot-test-other',
      runtime: 'nodejs-22',
      code_reference: 'de.icr.io/x/y:1',
    });
    const before = cloud.state;
    await deployTo(cloud);
    const { context, told } = contextOver(cloud);
    expect(await info(context)).toMatchObject({
      functions: [{ name: 'earshot-test-infer', status: 'ready' }],
      addresses: { urls: [{ function: 'infer', method: 'POST', url: expect.stringMatching(/\/predict$/) }] },
      secrets: expect.arrayContaining([{ name: 'earshot-test-api-key', isThere: true }]),
    });
    expect(told.printed.join('\n')).toContain('function earshot-test-infer: ready');
    await remove(context, { data: false, subscriptions: 'ibmcloud' });
    expect(cloud.state).toEqual(before);
    await expect(info(context)).rejects.toMatchObject({ code: 'NOT_DEPLOYED' });
  });
});
