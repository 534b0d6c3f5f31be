import { expect, it } from 'vitest';
import { CloudInMemory } from '../../../fixtures/deployment/cloud-in-memory.ts';
import { deployTo } from '../../../fixtures/deployment/deploy-in-memory.ts';

const alive = { isAlive: () => true };

/** Every second deployment begins so many calls after the first. */
it.each([0, 1, 2, 3, 5, 8, 13])(
  'of two deployments at once, %i calls apart, one wins and the other says why',
  async (apart) => {
    const cloud = new CloudInMemory();
    let second: Promise<unknown> | undefined;
    let calls = 0;
    cloud.watch({
      before() {
        if (calls++ === apart)
          second = deployTo(cloud, { ...alive, sources: 'second' }).catch((error) => error);
      },
      after() {},
    });
    const first = await deployTo(cloud, { ...alive, sources: 'first' }).catch((error) => error);
    const ends = [first, await second];
    const lost = ends.filter((end) => end instanceof Error);
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatchObject({
      code: 'DEPLOY_UNDERWAY',
      message: expect.stringMatching(/process 1 on here, since 2026-11-28T00:00:00/),
    });
    cloud.watch(null);
    const winner = ends[0] instanceof Error ? 'second' : 'first';
    cloud.writes();
    const { printed } = await deployTo(cloud, { sources: winner });
    expect(printed[0]).toContain('Nothing changed');
    expect(cloud.writes()).toEqual([]);
  },
);

it('a deployment that was silent for two minutes is taken over, and then stops without a change', async () => {
  const cloud = new CloudInMemory();
  const later = () => new Date('2026-11-28T00:02:01Z');
  let other: Promise<unknown> | undefined;
  cloud.watch({
    before(call) {
      if (call !== 'create secret earshot-test-api-key' || other !== undefined) return;
      other = deployTo(cloud, { ...alive, sources: 'other', now: later });
    },
    after() {},
  });
  const end = await deployTo(cloud, { ...alive, sources: 'first' }).catch((error) => error);
  expect(end).toBeInstanceOf(Error);
  await other?.catch(() => {});
  cloud.watch(null);
  await deployTo(cloud, { sources: 'other' });
  const app = cloud.project.resources.get('app/earshot-test-events');
  expect(app?.['image_reference']).toContain(':vother@');
});
