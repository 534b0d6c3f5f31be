import { describe, expect, it } from 'vitest';
import { openCliDriver } from '../../../../infra/serverless-code-engine/subscriptions/cli-driver.ts';
import type { DesiredSubscription } from '../../../../infra/serverless-code-engine/subscriptions/subscription-driver.ts';
import { type FakeIbmCloud, freshIbmCloud } from '../../../fixtures/ibmcloud/fake-ibmcloud.ts';
import { inProcessCli } from '../../../fixtures/ibmcloud/in-process-cli.ts';

const secret = 'planted-5ecret';
const validate = {
  kind: 'cos',
  name: 'earshot-prod-validate',
  app: 'earshot-prod-events',
  path: '/events/validate',
  secret,
  bucket: 'sounds',
  operation: 'all',
  prefix: 'incoming/',
  suffix: '',
} as const satisfies DesiredSubscription;
const sweep = {
  kind: 'cron',
  name: 'earshot-prod-sweep',
  app: 'earshot-prod-events',
  path: '/events/sweep',
  secret,
  schedule: '*/10 * * * *',
} as const satisfies DesiredSubscription;

const cloudWith = (changes: Partial<FakeIbmCloud> = {}) =>
  freshIbmCloud({ projects: { p1: 'eu-de' }, ...changes });
const driverOn = (cloud: FakeIbmCloud, stage = 'prod', apiKey: string | null = null) =>
  openCliDriver({
    cli: inProcessCli(cloud, apiKey === null ? {} : { IBMCLOUD_API_KEY: apiKey }),
    target: { region: 'eu-de', projectId: 'p1', hasApiKey: apiKey !== null },
    owner: { service: 'earshot', stage },
  });
const done = (changes: readonly { name: string; action: string }[]) =>
  changes.map(({ name, action }) => `${action} ${name}`);
const verbs = (cloud: FakeIbmCloud) =>
  cloud.calls
    .map((words) => words.slice(0, 4).join(' '))
    .filter((words) => /create|update|delete/.test(words));

describe('subscriptions by the command line', () => {
  it('are made with their destination, filter, path and secret in the project of the region', async () => {
    const cloud = cloudWith();
    const changes = await driverOn(cloud).apply([validate, sweep]);
    expect(done(changes)).toEqual(['create earshot-prod-validate', 'create earshot-prod-sweep']);
    expect([cloud.region, cloud.project]).toEqual(['eu-de', 'p1']);
    expect(cloud.cos['earshot-prod-validate']).toEqual({
      ...{ name: 'earshot-prod-validate', bucket: 'sounds', eventType: 'all', prefix: 'incoming/' },
      ...{ destination: 'earshot-prod-events', destinationType: 'app', path: '/events/validate' },
      extensions: {
        earshotowner: 'earshot.prod',
        earshotdigest: expect.stringMatching(/^[0-9a-f]{16}$/),
        earshotsecret: secret,
      },
    });
    expect(cloud.cron['earshot-prod-sweep']).toMatchObject({
      schedule: '*/10 * * * *',
      path: '/events/sweep',
      extensions: { earshotsecret: secret },
    });
  });

  it.each(['kubernetes', 'other'] as const)(
    'are left alone when nothing changed, told in the shape "%s"',
    async (shape) => {
      const cloud = cloudWith({ shape });
      await driverOn(cloud).apply([validate, sweep]);
      const before = verbs(cloud).length;
      const changes = await driverOn(cloud).apply([validate, sweep]);
      expect(done(changes)).toEqual(['none earshot-prod-validate', 'none earshot-prod-sweep']);
      expect(verbs(cloud)).toHaveLength(before);
    },
  );

  it.each([
    ['prefix', { ...validate, prefix: 'other/' }, ['prefix'], ['update']],
    ['path', { ...validate, path: '/events/check' }, ['definition'], ['update']],
    ['secret', { ...validate, secret: 'another' }, ['secret'], ['update']],
    ['bucket', { ...validate, bucket: 'noises' }, ['bucket'], ['delete', 'create']],
    ['prefix that goes', { ...validate, prefix: '' }, ['prefix'], ['delete', 'create']],
    ['schedule', { ...sweep, schedule: '0 * * * *' }, ['schedule'], ['update']],
  ])('are changed when the %s differs, and are then as wanted', async (_, wanted, properties, commands) => {
    const cloud = cloudWith();
    await driverOn(cloud).apply([validate, sweep]);
    const all = [validate, sweep].map((one) => (one.name === wanted.name ? wanted : one));
    const planned = await driverOn(cloud).plan(all);
    const before = verbs(cloud).length;
    const changes = await driverOn(cloud).apply(all);
    expect(changes).toEqual(planned);
    expect(changes.find(({ name }) => name === wanted.name)).toMatchObject({ action: 'update', properties });
    expect(
      verbs(cloud)
        .slice(before)
        .map((words) => words.split(' ').at(-1)),
    ).toEqual(commands);
    expect((await driverOn(cloud).plan(all)).map(({ action }) => action)).toEqual(['none', 'none']);
  });

  it('that were changed by hand are put right', async () => {
    const cloud = cloudWith();
    await driverOn(cloud).apply([validate]);
    cloud.cos[validate.name] = { ...cloud.cos[validate.name]!, eventType: 'delete', suffix: '.txt' };
    const [change] = await driverOn(cloud).apply([validate]);
    expect(change).toMatchObject({ action: 'update', properties: ['operation', 'suffix'] });
    expect(cloud.cos[validate.name]).not.toHaveProperty('suffix');
  });

  it('of this stage that are not wanted go; those of others and of nobody stay', async () => {
    const cloud = cloudWith();
    const other = { ...validate, name: 'earshot-dev-validate' };
    await driverOn(cloud, 'dev').apply([other]);
    await driverOn(cloud).apply([validate, sweep]);
    cloud.cos['mine'] = { ...cloud.cos[validate.name]!, name: 'mine', extensions: {} };
    expect(done(await driverOn(cloud).apply([sweep]))).toEqual([
      'none earshot-prod-sweep',
      'delete earshot-prod-validate',
    ]);
    expect(done(await driverOn(cloud).remove([]))).toEqual(['delete earshot-prod-sweep']);
    expect([...Object.keys(cloud.cos), ...Object.keys(cloud.cron)]).toEqual(['earshot-dev-validate', 'mine']);
    expect(await driverOn(cloud).list()).toEqual([
      { kind: 'cos', name: 'earshot-dev-validate', isOurs: false, isReady: true },
      { kind: 'cos', name: 'mine', isOurs: false, isReady: true },
    ]);
  });

  it.each([
    ["is nobody's", { shape: 'kubernetes' as const }, {}],
    ['tells no extensions', { shape: 'bare' as const }, { earshotowner: 'earshot.prod' }],
  ])('are refused when one of the name %s, before anything is changed', async (_, changes, extensions) => {
    const cloud = cloudWith(changes);
    cloud.cron[sweep.name] = {
      name: sweep.name,
      destination: 'x',
      destinationType: 'app',
      path: '/',
      extensions,
    };
    await expect(driverOn(cloud).apply([validate, sweep])).rejects.toMatchObject({
      code: 'SUBSCRIPTION_FOREIGN',
    });
    expect(verbs(cloud)).toEqual([]);
  });

  it('keep their secret when it is not known, and a new one takes it over', async () => {
    const cloud = cloudWith();
    await driverOn(cloud).apply([{ ...validate, prefix: 'other/' }]);
    const changes = await driverOn(cloud).apply([validate, sweep].map((one) => ({ ...one, secret: '' })));
    expect(done(changes)).toEqual(['update earshot-prod-validate', 'create earshot-prod-sweep']);
    for (const one of [cloud.cos[validate.name], cloud.cron[sweep.name]]) {
      expect(one?.extensions['earshotsecret']).toBe(secret);
    }
  });

  it('are not made with a secret that nobody knows', async () => {
    const cloud = cloudWith();
    const made = driverOn(cloud).apply([{ ...validate, secret: '' }]);
    await expect(made).rejects.toMatchObject({ code: 'SUBSCRIPTION_SECRET_UNKNOWN' });
    expect(verbs(cloud)).toEqual([]);
  });

  it('broken off are finished by the next', async () => {
    const cloud = cloudWith();
    cloud.failures.push({ command: 'ce subscription cron create', words: 'The cluster is away.' });
    const error = await driverOn(cloud)
      .apply([validate, sweep])
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'CLI_FAILED' });
    expect(String(error)).toContain('The cluster is away.');
    const changes = await driverOn(cloud).apply([validate, sweep]);
    expect(done(changes)).toEqual(['none earshot-prod-validate', 'create earshot-prod-sweep']);
  });
});

describe('the command line', () => {
  it('is logged in with the API key of the environment when nobody is', async () => {
    const cloud = cloudWith({ loggedIn: false });
    await driverOn(cloud, 'prod', 'key').apply([validate]);
    expect(Object.keys(cloud.cos)).toEqual(['earshot-prod-validate']);
    expect(cloud.calls.flat()).not.toContain('key');
  });

  it.each([
    ['nobody is logged in', { loggedIn: false }, null, 'a login'],
    ['the API key is wrong', { loggedIn: false }, 'wrong', 'a login with IBMCLOUD_API_KEY'],
    ['the plug-in is missing', { plugin: false }, 'key', 'the plug-in code-engine'],
    ['the project cannot be seen', { projects: {} }, null, 'the project p1'],
  ])('is refused when %s', async (_, changes, apiKey, expected) => {
    const error = driverOn(cloudWith(changes), 'prod', apiKey).plan([validate]);
    await expect(error).rejects.toMatchObject({
      code: 'CLI_NOT_READY',
      details: { expected: expect.stringContaining(expected) },
    });
  });
});
