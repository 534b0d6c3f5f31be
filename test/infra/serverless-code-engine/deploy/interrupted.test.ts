import { describe, expect, it } from 'vitest';
import { remove } from '../../../../infra/serverless-code-engine/deploy/remove.ts';
import { restartVariable } from '../../../../infra/serverless-code-engine/plan/restart.ts';
import { CloudInMemory, isReading } from '../../../fixtures/deployment/cloud-in-memory.ts';
import { aService, contextOver, deployTo } from '../../../fixtures/deployment/deploy-in-memory.ts';

/** The process dies at its call of this number, before or after the call took effect: no further call is made. */
function dieAt(cloud: CloudInMemory, number: number, when: 'before' | 'after'): void {
  let calls = 0;
  const check = (now: 'before' | 'after') => {
    if (now === 'before') calls++;
    if (calls > number || (calls === number && now === when)) throw new Error('the process is dead');
  };
  cloud.watch({ before: () => check('before'), after: () => check('after') });
}

/** The state without what is random or a time: values of secrets, digests, ids. */
function essence(cloud: CloudInMemory): unknown {
  const { project, subscriptions, ...rest } = cloud.state as {
    project: Record<string, { data?: Record<string, string>; run_env_variables?: { name: string }[] }>;
    subscriptions: { secret: string }[];
  };
  const secret = project['secret/earshot-test-events-key']?.data?.['secret'];
  const resources = Object.entries(project).map(([key, { data, ...body }]) => {
    if (key.startsWith('secret/')) return [key, { ...body, keys: Object.keys(data ?? {}) }];
    if (!key.startsWith('config_map/')) return [key, { ...body, run_env_variables: lasting(body) }];
    const { secrets, domainMappings, subscriptions: digest, deployedAt } = JSON.parse(data!['record']!);
    const whole = Object.entries(secrets).map(([name, one]) => [name, one !== '']);
    return [key, { whole, domainMappings, digest, deployedAt, holder: data!['holder'] }];
  });
  const carrying = subscriptions.map((one) => ({ ...one, secret: one.secret === secret }));
  return { ...rest, resources, carrying };
}

/** Without that of a restart: whoever was interrupted may have made a secret, which is made again. */
const lasting = ({ run_env_variables }: { run_env_variables?: { name: string }[] }) =>
  run_env_variables?.filter(({ name }) => name !== restartVariable);

interface Trial {
  readonly prepare: (cloud: CloudInMemory) => Promise<unknown>;
  readonly act: (cloud: CloudInMemory) => Promise<unknown>;
}

const changed = () => {
  const { infer, validate } = aService().functions;
  const domain = { name: 'hear.example.com', tlsSecret: 'certificate' };
  const functions = { infer: { ...infer, memory: '2G', customDomain: domain }, validate };
  return { service: aService({ functions }), sources: '2', env: { IBMCLOUD_API_KEY: 'PLANTED-other-key' } };
};

const trials: Record<string, Trial> = {
  'a first deployment into a new account': {
    prepare: async () => {},
    act: (cloud) => deployTo(cloud, {}, { create: true }),
  },
  'a deployment that changes, makes and deletes': {
    prepare: (cloud) => deployTo(cloud, {}, { create: true }),
    act: (cloud) => deployTo(cloud, changed()),
  },
  'a removal': {
    prepare: (cloud) => deployTo(cloud, {}, { create: true }),
    act: async (cloud) => {
      const done = await remove(contextOver(cloud).context, { data: false, subscriptions: 'ibmcloud' }).catch(
        (error) => error,
      );
      // What was removed up to its end has nothing left to remove.
      if (done instanceof Error && (done as { code?: string }).code !== 'NOT_DEPLOYED') throw done;
    },
  },
};

describe.each(Object.entries(trials))('%s, interrupted at each call', (_, { prepare, act }) => {
  it('is finished by the next, to the same state', async () => {
    const undisturbed = new CloudInMemory(true);
    undisturbed.watch(null);
    await prepare(undisturbed);
    const before = undisturbed.calls.length;
    await act(undisturbed);
    const calls = undisturbed.calls.slice(before);
    expect(calls.length).toBeGreaterThan(20);
    const wanted = essence(undisturbed);

    for (const [i, call] of calls.entries()) {
      // A call that changes nothing leaves the same before and after.
      for (const when of isReading(call) ? (['before'] as const) : (['before', 'after'] as const)) {
        const cloud = new CloudInMemory(true);
        await prepare(cloud);
        dieAt(cloud, i + 1, when);
        await act(cloud).catch(() => {});
        cloud.watch(null);
        await act(cloud);
        expect(essence(cloud), `${when} call ${i + 1}: ${call}`).toEqual(wanted);
      }
    }
  }, 120_000);
});
