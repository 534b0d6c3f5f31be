import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completePlace, findPlace } from '../../../../infra/serverless-code-engine/deploy/find-place.ts';
import type { Service } from '../../../../infra/service/service.ts';
import { type Account, contextOf, openAccount } from '../../../fixtures/deployment/deploy-over-http.ts';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

const find = (create = false, change?: (service: Service) => void) =>
  findPlace(contextOf(account, account.service(change)).context, create);

describe('the place of a deployment', () => {
  it('that is missing is told whole, with how to make it', async () => {
    const found = await find();
    const { context } = contextOf(account, account.service());
    expect(() => completePlace(found, context)).toThrow(/project earshot-test/);
    expect(() => completePlace(found, context)).toThrow(/deploy --create/);
    account.cloud.codeEngine.addProject('earshot-test');
    expect((await find()).missing).toEqual([
      'bucket earshot-test in eu-de',
      expect.stringMatching(/^authorization Notifications Manager of project earshot-test/),
    ]);
    expect(account.cloud.calls.changes()).toEqual([]);
  });

  it('is made with --create, once', async () => {
    account.cloud.codeEngine.manners.readyAfterReads = 2;
    expect((await find(true)).missing).toEqual([]);
    expect(account.cloud.buckets.locations.get('earshot-test')).toBe('eu-de-smart');
    account.cloud.calls.reset();
    expect((await find(true)).missing).toEqual([]);
    expect(account.cloud.calls.changes()).toEqual([]);
  });

  it('takes the object storage that is named, where there are several', async () => {
    const { guid } = account.cloud.resources.addInstance('second');
    await expect(find()).rejects.toMatchObject({
      code: 'CLOUD_NOT_FOUND',
      message: expect.stringMatching(/cos \(.*second \(/),
    });
    const { instance } = await find(false, ({ provider }) => {
      provider.cosInstance = 'second';
    });
    expect(instance.guid).toBe(guid);
  });

  it('wants the bucket in the region of the project', async () => {
    account.cloud.codeEngine.addProject('earshot-test');
    account.cloud.buckets.locations.set('earshot-test', 'us-south-standard');
    await expect(find(true)).rejects.toMatchObject({
      code: 'SERVICE_INVALID',
      message: expect.stringMatching(/at provider\.bucket.*eu-de.*us-south-standard/),
    });
  });

  it("refuses another account's bucket", async () => {
    account.cloud.codeEngine.addProject('earshot-test');
    account.cloud.buckets.ofOthers.add('earshot-test');
    await expect(find(true)).rejects.toMatchObject({ code: 'CLOUD_FORBIDDEN' });
  });

  it('is another project where one is named, and a registry of the region and account where none is', async () => {
    const other = account.cloud.codeEngine.addProject('sounds');
    const { project, registry } = await find(true, ({ provider }) => {
      provider.project = 'sounds';
      delete provider.registry;
    });
    expect(project?.id).toBe(other.id);
    expect(registry).toMatch(/^de\.icr\.io\/earshot-[0-9a-f]{8}$/);
  });
});
