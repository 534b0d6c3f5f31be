import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  deployTo,
  openAccount,
  openAccountOn,
} from '../fixtures/deployment/deploy-over-http.ts';

let undisturbed: Account;
beforeAll(async () => {
  undisturbed = await openAccount();
  await deployTo(undisturbed, undisturbed.service(), { create: true });
}, 120_000);
afterAll(() => undisturbed.close());

/** How often each change was made, the record and the lease in it apart; ids are not compared. */
function madeIn({ cloud }: Account): Record<string, number> {
  const { codeEngine, iam, resources } = cloud;
  const [project] = [...codeEngine.projects.values()];
  const kinds = ['app', 'function', 'job', 'secret', 'config_map'] as const;
  return {
    projects: codeEngine.projects.size,
    policies: iam.policies.size,
    ...Object.fromEntries(kinds.map((kind) => [kind, project!.resources.names(kind).length])),
    // A POST that was repeated blindly would have made a second one.
    keys: resources.keys.size,
    buckets: cloud.buckets.locations.size,
  };
}

const ways = ([429, 500, 503, 'reset'] as const).flatMap((how) =>
  (['before', 'after'] as const).map((when) => ({ how, when })),
);

describe.each(ways)('a deployment of which every third call fails with $how $when it took effect', (way) => {
  it.each([1, 2, 3])('goes through in one go, and makes everything once, from call %i on', async (first) => {
    const account = await openAccountOn(undisturbed.registry);
    for (let call = first; call < 1000; call += 3) account.cloud.calls.fail({ call, ...way });
    await deployTo(account, account.service(), { create: true });
    expect(account.cloud.calls.log.length).toBeGreaterThan(60);
    expect(madeIn(account)).toEqual(madeIn(undisturbed));
    account.cloud.calls.reset();
    const { printed } = await deployTo(account, account.service());
    expect(printed[0]).toContain('Nothing changed');
    expect(account.cloud.calls.changes()).toEqual([]);
    await account.close();
  });
});
