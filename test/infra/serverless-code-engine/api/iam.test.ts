import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Grant,
  openAuthorizationPolicies,
} from '../../../../infra/serverless-code-engine/api/authorization-policies.ts';
import { openIamTokens } from '../../../../infra/serverless-code-engine/api/iam-tokens.ts';
import { type OpenedCloud, openCloud } from '../../../fixtures/ibm-cloud/open-cloud.ts';

let cloud: OpenedCloud;

beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.close());

const tokenCalls = () => cloud.calls.log.filter(({ path }) => path === '/identity/token').length;

describe('a token', () => {
  it('is asked for once, however many want it at once', async () => {
    await Promise.all([cloud.project.list('app'), cloud.project.list('job'), cloud.client.projects()]);
    await cloud.project.list('secret');
    expect(tokenCalls()).toBe(1);
  });

  it('is renewed a minute before its end', async () => {
    let now = 0;
    const apiKey = cloud.env['IBMCLOUD_API_KEY']!;
    const tokens = openIamTokens({ apiKey, endpoint: cloud.url, now: () => now });
    const first = await tokens.token();
    now = 3539_000;
    expect(await tokens.token()).toBe(first);
    now = 3540_000;
    expect(await tokens.token()).not.toBe(first);
  });

  it('that a service refuses before its end is replaced once', async () => {
    await cloud.project.list('app');
    cloud.iam.revokeTokens();
    expect(await cloud.project.list('app')).toEqual([]);
    expect(tokenCalls()).toBe(2);
  });

  it('is asked for again after a failure', async () => {
    cloud.calls.fail({ call: 1, until: 6, when: 'before', how: 503 });
    await expect(cloud.project.list('app')).rejects.toMatchObject({
      code: 'CLOUD_UNREACHABLE',
      details: { resource: 'IAM token' },
    });
    expect(await cloud.project.list('app')).toEqual([]);
  });
});

describe('an authorization between services', () => {
  const grant = (): Grant => ({
    accountId: cloud.accountId,
    source: { service: 'codeengine', instance: 'project-1' },
    target: { service: 'cloud-object-storage', instance: 'store-1' },
    role: 'Notifications Manager',
  });
  const policies = () => openAuthorizationPolicies(cloud.connection, cloud.url);
  const attributes = (serviceName: string, serviceInstance?: string) => ({
    attributes: Object.entries({ accountId: cloud.accountId, serviceName, serviceInstance }).flatMap(
      ([name, value]) => (value === undefined ? [] : [{ name, value }]),
    ),
  });

  it('is made, found and removed', async () => {
    expect(await policies().find(grant())).toBeNull();
    const id = await policies().create(grant());
    expect(await policies().find(grant())).toBe(id);
    const other = { ...grant(), source: { service: 'codeengine', instance: 'project-2' } };
    expect(await policies().find(other)).toBeNull();
    await policies().remove(id);
    await policies().remove(id);
    expect(await policies().find(grant())).toBeNull();
  });

  it('is found when it holds for all instances, and not under a condition that is not known', async () => {
    const policy = {
      id: 'p1',
      type: 'authorization',
      roles: [{ role_id: 'crn:v1:x', display_name: 'Notifications Manager' }],
      subjects: [attributes('codeengine')],
      resources: [attributes('cloud-object-storage', 'store-1')],
    };
    cloud.iam.policies.set('p1', policy);
    expect(await policies().find(grant())).toBe('p1');
    const [resource] = policy.resources;
    const narrower = { attributes: [...resource!.attributes, { name: 'resource', value: 'another-bucket' }] };
    cloud.iam.policies.set('p1', { ...policy, resources: [narrower] });
    expect(await policies().find(grant())).toBeNull();
    const otherRole = [{ role_id: 'crn:v1:x', display_name: 'Reader' }];
    cloud.iam.policies.set('p1', { ...policy, roles: otherRole });
    expect(await policies().find(grant())).toBeNull();
  });

  it('is made once though its answer was lost', async () => {
    await cloud.connection.tokens.token();
    cloud.calls.reset();
    // The role is asked for first.
    cloud.calls.fail({ call: 2, when: 'after', how: 'reset' });
    const id = await policies().create(grant());
    expect([...cloud.iam.policies.keys()]).toEqual([id]);
  });

  it('with a role that the target does not have names those it has', async () => {
    const making = policies().create({ ...grant(), role: 'Bell Ringer' });
    await expect(making).rejects.toMatchObject({
      code: 'CLOUD_NOT_FOUND',
      details: { expected: 'the role Bell Ringer', received: 'Notifications Manager' },
    });
  });
});
