import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KindName } from '../../infra/serverless-code-engine/api/resources.ts';
import { type Account, deployTo, openAccount } from '../fixtures/deployment/deploy-over-http.ts';
import { type FakeCloud, startCloud } from '../fixtures/ibm-cloud/start-cloud.ts';
import { freshIbmCloud } from '../fixtures/ibmcloud/fake-ibmcloud.ts';

// The real client over HTTP against the strict double: for each call of a first deployment, what if that one fails.
const kindsMade: readonly KindName[] = ['app', 'function', 'job', 'secret', 'config_map'];
let account: Account;
const clouds: FakeCloud[] = [];

beforeAll(async () => {
  account = await openAccount();
}, 120_000);
afterAll(async () => {
  await account.close();
  for (const cloud of clouds) await cloud.close();
});

/** An account without anything in it, beside the registry that they share. */
async function freshAccount(): Promise<Account> {
  const apiKey = account.env['IBMCLOUD_API_KEY']!;
  const cloud = await startCloud({ apiKey });
  cloud.resources.addInstance('cos');
  clouds.push(cloud);
  return { ...account, cloud, env: cloud.env, ibmcloud: freshIbmCloud({ apiKey }) };
}

/** What there is, values of secrets and times apart. */
function essence({ cloud, ibmcloud }: Account) {
  const [project, ...others] = [...cloud.codeEngine.projects.values()];
  expect(others).toEqual([]);
  const { resources } = project!;
  const shown = kindsMade.flatMap((kind) =>
    resources.names(kind).map((name) => {
      const { id, href, entity_tag, project_id, status_details, data, ...rest } = resources.peek(kind, name)!;
      return [`${kind} ${name}`, { ...rest, keys: Object.keys(data ?? {}).sort() }];
    }),
  );
  return {
    resources: Object.fromEntries(shown),
    policies: cloud.iam.policies.size,
    keys: [...cloud.resources.keys.values()].map(({ name, role }) => `${name} ${role}`).sort(),
    buckets: [...cloud.buckets.locations],
    subscriptions: [Object.keys(ibmcloud.cos), Object.keys(ibmcloud.cron)],
  };
}

const create = { create: true };

describe('a first deployment', () => {
  let calls: { method: string; path: string }[];
  let wanted: unknown;
  beforeAll(async () => {
    const undisturbed = await freshAccount();
    await deployTo(undisturbed, undisturbed.service(), create);
    calls = undisturbed.cloud.calls.log.map(({ method, path }) => ({ method, path }));
    wanted = essence(undisturbed);
    expect(calls.length).toBeGreaterThan(30);
  }, 120_000);

  it.each(['before', 'after'] as const)(
    'whose line breaks %s any call is finished by the next',
    async (when) => {
      for (const [i, { method, path }] of calls.entries()) {
        // What is only read leaves all as it was.
        const changedBefore = i === 0 || calls[i - 1]!.method !== 'GET';
        if (method === 'GET' && (when === 'after' || !changedBefore)) continue;
        const at = `${when} call ${i + 1}: ${method} ${path}`;
        const broken = await freshAccount();
        broken.cloud.calls.dieAt(i + 1, when);
        await expect(deployTo(broken, broken.service(), create), at).rejects.toMatchObject({
          code: 'CLOUD_UNREACHABLE',
        });
        broken.cloud.calls.reset();
        await deployTo(broken, broken.service(), create);
        expect(essence(broken), at).toEqual(wanted);
        broken.cloud.calls.reset();
        const { printed } = await deployTo(broken, broken.service(), create);
        expect(printed[0], at).toContain('Nothing changed');
        expect(broken.cloud.calls.changes(), at).toEqual([]);
        await broken.cloud.close();
      }
    },
    240_000,
  );

  it.each(
    ([429, 500, 503, 'reset'] as const).flatMap((how) =>
      (['before', 'after'] as const).map((when) => ({ how, when })),
    ),
  )(
    'of which every third call fails with $how $when it took effect goes through',
    async ({ how, when }) => {
      for (const first of [1, 2, 3]) {
        const shaky = await freshAccount();
        for (let call = first; call < 600; call += 3) shaky.cloud.calls.fail({ call, how, when });
        await deployTo(shaky, shaky.service(), create);
        expect(essence(shaky), `from call ${first}`).toEqual(wanted);
        await shaky.cloud.close();
      }
    },
    120_000,
  );
});
