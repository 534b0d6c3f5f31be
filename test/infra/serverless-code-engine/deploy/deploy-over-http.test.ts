import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { info } from '../../../../infra/serverless-code-engine/deploy/info.ts';
import { remove } from '../../../../infra/serverless-code-engine/deploy/remove.ts';
import {
  type Account,
  contextOf,
  deployTo,
  openAccount,
} from '../../../fixtures/deployment/deploy-over-http.ts';
import type { ProtocolRegistry } from '../../../fixtures/registry/protocol-registry.ts';

let account: Account<ProtocolRegistry>;
beforeAll(async () => {
  account = await openAccount();
}, 120_000);
afterAll(() => account.close());

const told: string[] = [];
const everythingTold = ({ printed, progress }: { printed: string[]; progress: string[] }) =>
  told.push(...printed.filter((line) => !line.startsWith('API key: ')), ...progress);

it('deploys, does nothing the second time, changes, informs and removes', async () => {
  const { cloud, registry, ibmcloud } = account;
  const service = account.service();
  cloud.codeEngine.manners.readyAfterReads = 3;
  cloud.codeEngine.manners.goneAfterReads = 2;

  const plan = await deployTo(account, service, { dryRun: true, create: true });
  expect(plan.printed).toContain('! project earshot-test is missing: deploy --create makes it');
  expect(plan.printed).toContain('+ function earshot-test-infer');
  expect(cloud.calls.changes()).toEqual([]);
  everythingTold(plan);

  const first = await deployTo(account, service, { create: true });
  expect(first.printed.filter((line) => line.startsWith('API key: '))).toHaveLength(1);
  expect(first.printed.join('\n')).toMatch(/^POST https:\/\/earshot-test-infer\S+\/predict$/m);
  expect(first.printed.join('\n')).toContain('Drop: s3://earshot-test/incoming/');
  expect(Object.keys(ibmcloud.cos)).toEqual(['earshot-test-validate']);
  expect(Object.keys(ibmcloud.cron)).toEqual(['earshot-test-sweep']);
  everythingTold(first);

  cloud.calls.reset();
  registry.asked();
  const commands = ibmcloud.calls.length;
  const second = await deployTo(account, service);
  expect(second.printed[0]).toContain('Nothing changed');
  expect(cloud.calls.changes()).toEqual([]);
  expect(registry.asked()).toEqual([]);
  const changing = ibmcloud.calls
    .slice(commands)
    .filter((args) => /create|update|delete/.test(args.join(' ')));
  expect(changing).toEqual([]);
  everythingTold(second);

  const third = await deployTo(
    account,
    account.service(({ functions }) => {
      functions['infer']!.environment = { EARSHOT_MODEL: 'birds' };
    }),
  );
  const changes = cloud.calls.changes().filter((call) => !call.includes('config_maps'));
  expect(changes).toEqual([expect.stringMatching(/^PATCH .*\/functions\/earshot-test-infer$/)]);
  everythingTold(third);

  const { context, told: informed } = contextOf(account, service);
  await info(context);
  expect(informed.printed.join('\n')).toContain('app earshot-test-events: ready');
  expect(informed.printed).toContain('cos subscription earshot-test-validate: ready');

  await remove(context, { data: false, subscriptions: 'ibmcloud' });
  everythingTold(informed);
  const [project] = [...cloud.codeEngine.projects.values()];
  const left = await contextOf(account, service)
    .context.cloud.codeEngine.project(project!.id)
    .list('function');
  expect(left).toEqual([]);
  expect(cloud.resources.keys.size).toBe(0);
  expect({ ...ibmcloud.cos, ...ibmcloud.cron }).toEqual({});
  expect(cloud.buckets.locations.has('earshot-test')).toBe(true);
}, 120_000);

it('tells no secret, and no image holds one', () => {
  expect(told.join('\n')).not.toContain('PLANTED');
  const blobs = [...account.registry.contents.blobs.values()];
  const contents = blobs.map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes));
  expect(contents.some((bytes) => bytes.includes('EARSHOT_API_KEYS'))).toBe(true);
  for (const bytes of contents) expect(bytes.includes('PLANTED')).toBe(false);
});
