import { describe, expect, it, vi } from 'vitest';
import {
  DeploymentLease,
  readRecord,
} from '../../../../infra/serverless-code-engine/record/deployment-lease.ts';
import { ProjectInMemory } from '../../../fixtures/deployment/project-in-memory.ts';

const owner = { service: 'earshot', stage: 'test' };
const start = Date.parse('2026-11-28T00:00:00Z');

function options(
  project: ProjectInMemory,
  changes: { id?: string; host?: string; alive?: boolean; seconds?: number } = {},
) {
  const { id = 'one', host = 'here', alive = true, seconds = 0 } = changes;
  return {
    ...{ project, owner },
    holder: { id, host, pid: 7 },
    now: () => new Date(start + seconds * 1000),
    isAlive: () => alive,
    newSalt: () => 'salt',
  };
}

describe('the lease of a deployment', () => {
  it('is held by one, and given back', async () => {
    const project = new ProjectInMemory();
    const lease = await DeploymentLease.take(options(project));
    await expect(DeploymentLease.take(options(project, { id: 'two' }))).rejects.toMatchObject({
      code: 'DEPLOY_UNDERWAY',
      message: expect.stringContaining('process 7 on here, since 2026-11-28T00:00:00.000Z'),
    });
    await lease.release({ ...lease.record, secrets: { a: 'digest' } });
    const next = await DeploymentLease.take(options(project, { id: 'two' }));
    expect(next.record.secrets).toEqual({ a: 'digest' });
    await next.release();
  });

  it.each([
    ['from a process of this host that is gone', { alive: false }],
    ['from one that was silent for two minutes', { seconds: 121 }],
    ['from one of another host that was silent', { host: 'there', seconds: 121 }],
  ])('is taken over %s; the other then may not write', async (_, changes) => {
    const project = new ProjectInMemory();
    const first = await DeploymentLease.take(options(project));
    const second = await DeploymentLease.take(options(project, { id: 'two', ...changes }));
    await expect(first.write({ ...first.record, subscriptions: 'x' })).rejects.toMatchObject({
      code: 'DEPLOY_TAKEN_OVER',
    });
    expect(() => first.expectHeld()).toThrow(/took over/);
    await second.release();
    expect((await readRecord(project, owner))?.holder).toBeNull();
  });

  it('is not taken from a process of another host of the same number, though none is here', async () => {
    const project = new ProjectInMemory();
    const lease = await DeploymentLease.take(options(project));
    const elsewhere = options(project, { id: 'two', host: 'there', alive: false });
    await expect(DeploymentLease.take(elsewhere)).rejects.toMatchObject({ code: 'DEPLOY_UNDERWAY' });
    await lease.release();
  });

  it('is renewed while it is held, so that work of any length keeps it', async () => {
    vi.useFakeTimers();
    try {
      const project = new ProjectInMemory();
      let seconds = 0;
      const now = () => new Date(start + seconds * 1000);
      const lease = await DeploymentLease.take({ ...options(project), now });
      for (; seconds < 600; seconds += 30) await vi.advanceTimersByTimeAsync(30_000);
      const { holder } = (await readRecord(project, owner))!;
      expect(Date.parse(holder!.until)).toBeGreaterThan(start + 600_000);
      const other = { ...options(project, { id: 'two' }), now };
      await expect(DeploymentLease.take(other)).rejects.toMatchObject({ code: 'DEPLOY_UNDERWAY' });
      await lease.release();
      const before = project.state;
      await vi.advanceTimersByTimeAsync(300_000);
      expect(project.state).toEqual(before);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is held though the answer to its own request was lost', async () => {
    const project = new ProjectInMemory();
    let lost = false;
    const losing = {
      ...options(project),
      project: new Proxy(project, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown;
          if (name !== 'create' || lost) return typeof value === 'function' ? value.bind(target) : value;
          return async (kind: 'config_map', body: { name: string }) => {
            lost = true;
            // As the client repeats: the first took effect, the second meets it.
            await target.create(kind, body);
            return target.create(kind, body);
          };
        },
      }),
    };
    const lease = await DeploymentLease.take(losing);
    await lease.release();
  });

  it('says what of the record cannot be read', async () => {
    const project = new ProjectInMemory();
    await project.create('config_map', {
      name: 'earshot-test-deployment',
      data: { EARSHOT_SERVICE: 'earshot', EARSHOT_STAGE: 'test', record: '{"version":2}' },
    });
    await expect(DeploymentLease.take(options(project))).rejects.toMatchObject({
      code: 'RECORD_DAMAGED',
      message: expect.stringContaining('record.version'),
    });
  });
});
