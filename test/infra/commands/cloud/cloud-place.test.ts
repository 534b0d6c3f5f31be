import { describe, expect, it } from 'vitest';
import { cloudBucketSettings, cloudPlace } from '../../../../infra/commands/cloud/cloud-place.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';

const settings = (env: Record<string, string>) =>
  cloudBucketSettings(cloudPlace(aService(), { IBMCLOUD_API_KEY: 'key', ...env }));

describe('the bucket of a deployment, from this machine', () => {
  it('is reached by the public endpoint of its region, with the API key', () => {
    expect(settings({})).toEqual({
      endpoint: 'https://s3.eu-de.cloud-object-storage.appdomain.cloud',
      bucket: 'earshot-test',
      region: 'eu-de',
      credentials: {
        kind: 'iam',
        apiKey: 'key',
        serviceInstanceId: expect.any(String),
        tokenEndpoint: 'https://iam.cloud.ibm.com/identity/token',
      },
    });
  });

  it('is reached as the environment says where it says so', () => {
    const env = { COS_ENDPOINT: 'http://s3', COS_ACCESS_KEY_ID: 'a', COS_SECRET_ACCESS_KEY: 's' };
    expect(settings(env)).toMatchObject({
      endpoint: 'http://s3',
      bucket: 'earshot-test',
      credentials: { kind: 'hmac', accessKeyId: 'a', secretAccessKey: 's' },
    });
  });
});

describe('the place of a deployment', () => {
  it('needs an API key and a region', () => {
    const { region: _, ...provider } = aService().provider;
    expect(() => cloudPlace(aService(), {})).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }));
    expect(() => cloudPlace(aService({ provider }), { IBMCLOUD_API_KEY: 'key' })).toThrow(
      expect.objectContaining({ code: 'SERVICE_INVALID' }),
    );
  });
});
