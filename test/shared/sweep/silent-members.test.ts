import { describe, expect, it } from 'vitest';
import { memberRun, runKeys } from '../../../shared/dataset/keys.ts';
import { firstStatus } from '../../../shared/runs/documents.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { silentMembers } from '../../../shared/sweep/silent-members.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';

const freshBucket = freshBuckets();
const now = Date.now();
const ago = (minutes: number) => new Date(now - minutes * 60_000);
const silence = { since: ago(60), before: ago(10) };

/** What has been heard of each member: minutes since its beat, `trained`, or nothing. */
async function members(...lives: readonly (number | 'trained' | null)[]) {
  const store = await freshBucket();
  for (const [index, life] of lives.entries()) {
    const member = memberRun('run', index);
    if (life === null) continue;
    const heartbeat = ago(life === 'trained' ? 30 : life).toISOString();
    await writeJson(store, runKeys(member).status, { ...firstStatus(member, 1, 'training'), heartbeat });
    if (life === 'trained') await writeJson(store, runKeys(member).report, {});
  }
  return {
    store,
    silent: async (since = silence.since) => {
      const found = await silentMembers(store, 'run', lives.length, { ...silence, since });
      return found.map(({ member }) => member);
    },
  };
}

describe('of the members of an ensemble', () => {
  it('those are silent that were heard once and no longer are', async () => {
    expect(await (await members(1, 11, 9, 30)).silent()).toEqual([1, 3]);
  });

  it('those that are trained are not', async () => {
    expect(await (await members('trained', 11, 1)).silent()).toEqual([1]);
  });

  it('those that wait for their turn are not, while another is heard, or the run was started lately', async () => {
    expect(await (await members('trained', 1, null, null)).silent()).toEqual([]);
    expect(await (await members(null, null)).silent(ago(9))).toEqual([]);
  });

  it('those that wait for their turn are, when nobody is heard any more', async () => {
    expect(await (await members('trained', 11, null)).silent()).toEqual([1, 2]);
    expect(await (await members(null, null)).silent()).toEqual([0, 1]);
  });

  it('one that was started again has time to begin', async () => {
    const { store, silent } = await members(30, 30);
    await writeJson(store, runKeys(memberRun('run', 0)).job, {});
    expect(await silent()).toEqual([1]);
  });

  it('the first publishes when all are trained and nobody does', async () => {
    expect(await (await members('trained', 'trained')).silent()).toEqual([0]);
    expect(await (await members('trained', 'trained')).silent(ago(5))).toEqual([]);
  });
});
