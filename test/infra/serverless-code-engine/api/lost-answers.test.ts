import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenedCloud, openCloud } from '../../../fixtures/ibm-cloud/open-cloud.ts';

let cloud: OpenedCloud;

beforeEach(async () => {
  cloud = await openCloud();
  // The first call is for a token, so that the ones that follow are those that a test means.
  await cloud.connection.tokens.token();
  cloud.calls.reset();
});
afterEach(() => cloud.close());

const ways = ([429, 500, 503, 'reset'] as const).flatMap((how) =>
  (['before', 'after'] as const).map((when) => ({ how, when })),
);
const posts = () => cloud.calls.log.filter(({ method }) => method === 'POST').length;

describe.each(ways)('a call that fails with $how $when it took effect', (way) => {
  it('makes one resource', async () => {
    cloud.calls.fail({ call: 1, ...way });
    const made = await cloud.project.create('config_map', { name: 'a', data: { k: 'v' } });
    expect(made).toEqual(await cloud.project.get('config_map', 'a'));
    expect(posts()).toBe(way.when === 'before' ? 2 : 1);
    expect(cloud.retries).toHaveLength(1);
    expect(cloud.retries[0]).toMatch(/^POST config map a: .+; again in \d\.\d s$/);
  });

  it('changes a resource once', async () => {
    const { entity_tag } = await cloud.project.create('config_map', { name: 'a', data: { k: 'v' } });
    cloud.calls.reset();
    cloud.calls.fail({ call: 1, ...way });
    const changed = await cloud.project.update('config_map', 'a', entity_tag, { data: { k: 'w' } });
    expect(changed).toEqual(await cloud.project.get('config_map', 'a'));
    expect(changed.data).toEqual({ k: 'w' });
    expect(Number(changed.entity_tag)).toBe(Number(entity_tag) + 1);
  });

  it('removes a resource, and reads', async () => {
    await cloud.project.create('config_map', { name: 'a' });
    cloud.calls.reset();
    cloud.calls.fail({ call: 1, ...way }, { call: 3, ...way });
    await cloud.project.remove('config_map', 'a');
    expect(await cloud.project.list('config_map')).toEqual([]);
    expect(cloud.calls.log).toHaveLength(4);
  });

  it('makes one project', async () => {
    cloud.calls.fail({ call: 1, ...way });
    const made = await cloud.client.createProject({ name: 'sound' });
    const all = (await cloud.client.projects()).filter(({ name }) => name === 'sound');
    expect(all).toEqual([made]);
  });

  it('gets a token', async () => {
    cloud.connection.tokens.forget();
    cloud.calls.fail({ call: 1, ...way });
    expect(await cloud.project.list('app')).toEqual([]);
  });
});

describe('a call without an answer', () => {
  it('is not taken for done when another made the resource meanwhile', async () => {
    cloud.calls.fail({ call: 1, when: 'before', how: 503 });
    const { resources } = cloud.codeEngine.projects.get(cloud.project.id)!;
    resources.create('config_map', { name: 'a', data: { holder: 'another' } });
    const late = cloud.project.create('config_map', { name: 'a', data: { holder: 'this' } });
    await expect(late).rejects.toMatchObject({ code: 'CLOUD_CONFLICT' });
    expect(resources.peek('config_map', 'a')).toMatchObject({ data: { holder: 'another' } });
  });

  it('is not taken for done when another changed the resource meanwhile', async () => {
    const { entity_tag } = await cloud.project.create('config_map', { name: 'a', data: { holder: '' } });
    cloud.calls.reset();
    cloud.calls.fail({ call: 1, when: 'before', how: 'reset' });
    const { resources } = cloud.codeEngine.projects.get(cloud.project.id)!;
    resources.change('config_map', 'a', entity_tag, { data: { holder: 'another' } }, true);
    const late = cloud.project.update('config_map', 'a', entity_tag, { data: { holder: 'this' } });
    await expect(late).rejects.toMatchObject({ code: 'CLOUD_CONFLICT' });
  });

  it('is found also when what it made was not to be read at once', async () => {
    // The POST took effect, the look after it fails, and so the POST is repeated: 409, of its own first attempt.
    cloud.calls.fail({ call: 1, when: 'after', how: 'reset' });
    const { resources } = cloud.codeEngine.projects.get(cloud.project.id)!;
    const get = resources.get.bind(resources);
    const looked: string[] = [];
    resources.get = (kind, name) => {
      looked.push(name);
      return looked.length === 1 ? resources.get('config_map', 'not yet') : get(kind, name);
    };
    const made = await cloud.project.create('config_map', { name: 'a', data: { k: 'v' } });
    expect(made).toMatchObject({ name: 'a', data: { k: 'v' } });
    expect(posts()).toBe(2);
  });

  it('is repeated six times with waits that grow, then given up', async () => {
    cloud.calls.dieAt(1);
    const failed = cloud.project.get('app', 'events');
    await expect(failed).rejects.toMatchObject({
      code: 'CLOUD_UNREACHABLE',
      details: { resource: 'app events' },
    });
    expect(cloud.calls.log).toHaveLength(6);
    const most = [500, 1000, 2000, 4000, 8000];
    expect(cloud.waits).toHaveLength(most.length);
    for (const [i, ms] of cloud.waits.entries()) {
      expect(ms).toBeGreaterThanOrEqual(most[i]! / 2);
      expect(ms).toBeLessThanOrEqual(most[i]!);
    }
  });

  it.each([
    ['seconds', '7', 7000],
    ['a date that is over', 'Thu, 01 Jan 2015 00:00:00 GMT', 0],
  ])('waits as Retry-After says in %s', async (_, retryAfter, ms) => {
    cloud.calls.fail({ call: 1, when: 'before', how: 429, retryAfter });
    await cloud.project.list('app');
    expect(cloud.waits).toEqual([ms]);
  });

  it('is not repeated when the server wants more than a minute', async () => {
    cloud.calls.fail({ call: 1, when: 'before', how: 429, retryAfter: '3600' });
    await expect(cloud.project.list('app')).rejects.toMatchObject({ code: 'CLOUD_UNREACHABLE' });
    expect(cloud.calls.log).toHaveLength(1);
  });
});
