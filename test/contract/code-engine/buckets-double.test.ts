import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCosObjectStore } from '../../../shared/storage/cos-object-store.ts';
import { type OpenedCloud, openCloud } from '../../fixtures/ibm-cloud/open-cloud.ts';

// The double of Cloud Object Storage, as the SDK sees it with a token of IAM.
let cloud: OpenedCloud;
beforeAll(async () => {
  cloud = await openCloud();
});
afterAll(() => cloud.close());

const store = (bucket: string) =>
  openCosObjectStore({
    endpoint: cloud.url,
    bucket,
    region: 'eu-de',
    credentials: {
      kind: 'iam',
      apiKey: cloud.env['IBMCLOUD_API_KEY']!,
      serviceInstanceId: 'instance',
      tokenEndpoint: `${cloud.url}/identity/token`,
    },
  });

const keysOf = async (bucket: string) => {
  const keys: string[] = [];
  for await (const { key } of store(bucket).list('')) keys.push(key);
  return keys;
};

describe('a bucket of the double', () => {
  it('lists and deletes its keys', async () => {
    cloud.buckets.locations.set('sound', 'eu-de-smart');
    cloud.buckets.keys.set('sound', new Set(['runs/a b+ü/x.json', 'incoming/1']));
    expect(await keysOf('sound')).toEqual(['incoming/1', 'runs/a b+ü/x.json']);
    await store('sound').delete('runs/a b+ü/x.json');
    expect(await keysOf('sound')).toEqual(['incoming/1']);
  });

  it('that is not there, or another’s, is refused', async () => {
    cloud.buckets.ofOthers.add('theirs');
    await expect(keysOf('none')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(keysOf('theirs')).rejects.toMatchObject({ code: 'STORE_DENIED' });
  });
});
