import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openResourceController,
  type ResourceController,
} from '../../../../infra/serverless-code-engine/api/resource-controller.ts';
import { type OpenedCloud, openCloud } from '../../../fixtures/ibm-cloud/open-cloud.ts';

let cloud: OpenedCloud;
let controller: ResourceController;

beforeEach(async () => {
  cloud = await openCloud();
  controller = openResourceController(cloud.connection, cloud.url);
});
afterEach(() => cloud.close());

describe('an instance of object storage', () => {
  it('is found by name, GUID or CRN among those of every page', async () => {
    for (const name of ['a', 'b', 'c', 'd']) cloud.resources.addInstance(name);
    cloud.resources.addInstance('sound', 'databases-for-redis');
    const sound = cloud.resources.addInstance('sound');
    for (const word of ['sound', sound.guid, sound.id]) {
      expect(await controller.objectStorage(word)).toMatchObject({ id: sound.id, guid: sound.guid });
    }
  });

  it('that is not there, or twice, ends with a list of those that are', async () => {
    const { guid } = cloud.resources.addInstance('a');
    await expect(controller.objectStorage('b')).rejects.toMatchObject({
      code: 'CLOUD_NOT_FOUND',
      details: { resource: 'object storage b', received: `a (${guid})` },
    });
    cloud.resources.addInstance('a');
    await expect(controller.objectStorage('a')).rejects.toMatchObject({ code: 'CLOUD_NOT_FOUND' });
  });
});

describe('service credentials', () => {
  it('are made with an HMAC pair and the role, found by name and instance, and removed', async () => {
    const store = cloud.resources.addInstance('sound');
    const other = cloud.resources.addInstance('other');
    await controller.createHmacKey(await controller.objectStorage('other'), 'infer', 'Writer');
    const instance = await controller.objectStorage('sound');
    expect(await controller.hmacKey(instance, 'infer')).toBeNull();
    const made = await controller.createHmacKey(instance, 'infer', 'Reader');
    expect(made).toMatchObject({ name: 'infer', accessKeyId: expect.stringMatching(/^ak-/) });
    expect(await controller.hmacKey(instance, 'infer')).toEqual(made);
    const role = (source: string) =>
      [...cloud.resources.keys.values()].find(({ source_crn }) => source_crn === source)?.role;
    expect([role(store.id), role(other.id)]).toEqual(['Reader', 'Writer']);
    await controller.removeKey(made.id);
    await controller.removeKey(made.id);
    expect(await controller.hmacKey(instance, 'infer')).toBeNull();
  });

  it.each(['before', 'after'] as const)(
    'are made once though the first call was lost %s it took effect',
    async (when) => {
      cloud.resources.addInstance('sound');
      const instance = await controller.objectStorage('sound');
      cloud.calls.reset();
      cloud.calls.fail({ call: 1, when, how: 'reset' });
      const made = await controller.createHmacKey(instance, 'infer', 'Reader');
      expect([...cloud.resources.keys.keys()]).toEqual([made.id]);
      expect(await controller.hmacKey(instance, 'infer')).toEqual(made);
    },
  );

  it('whose values the key may not see end with what is missing', async () => {
    cloud.resources.addInstance('sound');
    const instance = await controller.objectStorage('sound');
    await controller.createHmacKey(instance, 'infer', 'Reader');
    cloud.resources.hidesCredentials = true;
    await expect(controller.hmacKey(instance, 'infer')).rejects.toMatchObject({ code: 'CLOUD_FORBIDDEN' });
  });
});

describe('a resource group', () => {
  it('is found by name, or is the default one', async () => {
    expect(await controller.resourceGroup()).toMatchObject({ id: 'group-default' });
    expect(await controller.resourceGroup('sound')).toMatchObject({ id: 'group-sound' });
    await expect(controller.resourceGroup('none')).rejects.toMatchObject({
      code: 'CLOUD_NOT_FOUND',
      details: { resource: 'resource group none', received: 'Default, sound' },
    });
  });
});
