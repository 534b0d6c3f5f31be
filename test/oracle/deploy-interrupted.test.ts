import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restartVariable } from '../../infra/serverless-code-engine/plan/restart.ts';
import {
  type Account,
  deployTo,
  openAccount,
  openAccountOn,
} from '../fixtures/deployment/deploy-over-http.ts';

const random = /^(id|href|entity_tag|created_at|data|project_id|endpoint.*|latest_.*_revision)$/;
const kinds = ['function', 'app', 'job', 'secret', 'config_map', 'domain_mapping'] as const;

/** Everything that a deployment makes, as the services tell it, without what is random or a time. */
function essence({ cloud, ibmcloud, registry }: Account): unknown {
  const projects = [...cloud.codeEngine.projects.values()];
  const resources = projects.flatMap(({ name, resources: all }) =>
    kinds.flatMap((kind) =>
      all
        .names(kind)
        .sort()
        .map((one) => [name, kind, all.peek(kind, one)]),
    ),
  );
  const subscriptions = Object.values({ ...ibmcloud.cos, ...ibmcloud.cron }).map(
    ({ extensions: _, ...one }) => one,
  );
  const keys = [...cloud.resources.keys.values()].map(({ name, role }) => `${name} ${role}`);
  const all = { resources, subscriptions, keys: keys.sort(), buckets: [...cloud.buckets.locations] };
  const text = JSON.stringify(all, (name, value) =>
    random.test(name)
      ? undefined
      : // A secret that was made is made again, and what it is for started again.
        name === 'run_env_variables'
        ? value.filter((one: { name: string }) => one.name !== restartVariable)
        : value,
  );
  return JSON.parse(text.replaceAll(registry.host, 'registry'));
}

it('of two deployments at once one wins and the other says why', async () => {
  const account = await openAccount();
  await deployTo(account, account.service(), { create: true });
  const changed = (model: string) =>
    deployTo(
      account,
      account.service(({ functions }) => {
        functions['infer']!.environment = { EARSHOT_MODEL: model };
      }),
      {},
      { isAlive: () => true },
    );
  const ends = await Promise.allSettled([changed('birds'), changed('frogs')]);
  const lost = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason);
  expect(lost).toEqual([expect.objectContaining({ code: 'DEPLOY_UNDERWAY' })]);
  const winner = ends[0]!.status === 'fulfilled' ? 'birds' : 'frogs';
  expect((await changed(winner)).printed[0]).toContain('Nothing changed');
  await account.close();
});

describe('a deployment whose network is gone from one call on', () => {
  let undisturbed: Account;
  beforeAll(async () => {
    undisturbed = await openAccount();
    undisturbed.cloud.calls.reset();
    await deployTo(undisturbed, undisturbed.service(), { create: true });
  });
  afterAll(() => undisturbed.close());

  it.each(['before', 'after'] as const)(
    '%s the effect of each call in turn: the next ends it',
    async (when) => {
      const calls = undisturbed.cloud.calls.log.length;
      expect(calls).toBeGreaterThan(40);
      for (let call = 1; call <= calls; call++) {
        const account = await openAccountOn(undisturbed.registry);
        account.cloud.calls.dieAt(call, when);
        const error = await deployTo(account, account.service(), { create: true }).catch((thrown) => thrown);
        expect(error).toMatchObject({ code: expect.stringMatching(/^CLOUD_/), remedy: expect.any(String) });
        expect(`${error.stack} ${JSON.stringify(error.details)}`).not.toContain('PLANTED');
        account.cloud.calls.reset();
        await deployTo(account, account.service(), { create: true });
        expect(essence(account), `call ${call} of ${calls}`).toEqual(essence(undisturbed));
        account.cloud.calls.reset();
        const { printed } = await deployTo(account, account.service());
        expect(printed[0]).toContain('Nothing changed');
        expect(account.cloud.calls.changes()).toEqual([]);
        await account.close();
      }
    },
  );
});
