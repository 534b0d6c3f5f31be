import { beforeEach, describe, expect, it } from 'vitest';
import { modelKeys } from '../../../shared/dataset/keys.ts';
import { trailOfStable } from '../../../shared/registry/alias-history.ts';
import { moveAlias, readAliases } from '../../../shared/registry/aliases.ts';
import { setCandidate } from '../../../shared/registry/candidate.ts';
import { promote, rollback } from '../../../shared/registry/stable-moves.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { type FreshBucket, freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore } from '../../fixtures/object-store/watched-store.ts';
import { publish, smallModel } from '../../fixtures/published-model.ts';

const freshBucket = freshBuckets();
const reason = 'a test';
const weightsOf = (version: string) => modelKeys('m').version(version).weights('group1-shard1of1.bin');
const stableIn = async (bucket: ObjectStore) => (await readAliases(bucket, 'm'))!.aliases.stable;
let store: FreshBucket;

/** Versions 1, 2 and 3, of which 3 is stable. */
beforeEach(async () => {
  store = await freshBucket();
  for (const version of ['1', '2', '3']) await publish(store, 'm', version, smallModel(Number(version)));
});

describe('promote', () => {
  it('moves stable to the version that is named, and the history says so', async () => {
    const { before, changed, aliases } = await promote(store, 'm', { version: '1', reason });
    expect({ before, changed, stable: aliases.stable }).toEqual({ before: '3', changed: true, stable: '1' });
    expect(aliases.history.at(-1)).toMatchObject({ alias: 'stable', from: '3', version: '1', reason });
    expect((await readAliases(store, 'm'))!.aliases).toEqual(aliases);
  });

  it('of nothing named takes the candidate, which is none any more, in one write', async () => {
    await setCandidate(store, 'm', { version: '2', traffic: { share: 0.5 }, reason });
    const writes = store.changes().length;
    const { aliases } = await promote(store, 'm', { reason });
    expect(aliases).toMatchObject({ stable: '2', candidate: null, traffic: { share: 0, shadow: false } });
    expect(store.changes().slice(writes)).toEqual([`write ${modelKeys('m').aliases}`]);
    await expect(promote(store, 'm', { reason })).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      details: { received: 'neither' },
    });
  });

  it('to the version that stable is changes nothing', async () => {
    const writes = store.changes().length;
    expect(await promote(store, 'm', { version: '3', reason })).toMatchObject({ changed: false });
    expect(store.changes()).toHaveLength(writes);
  });

  it.each([
    ['m', '4', 'models/m/', 'a version: 1, 2, 3', '"4"'],
    ['m', 'v3', 'models/m/', 'a version: 1, 2, 3', '"v3" - did you mean "3"?'],
    ['mm', '1', 'models/', 'a model: m', '"mm" - did you mean "m"?'],
    ['', '1', 'models/', 'a model: m', 'no name'],
  ])('of %s to %s names what there is', async (model, version, file, expected, received) => {
    await expect(promote(store, model, { version, reason })).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      details: { file, expected, received },
    });
  });

  it('to a version that is still being written is refused', async () => {
    await store.put(modelKeys('m').version('4').claim, Buffer.from('{"run": "r"}'));
    await expect(promote(store, 'm', { version: '4', reason })).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      details: { received: '"4", which is not complete' },
    });
  });

  it('to a version that is damaged is refused, and stable stays', async () => {
    await store.put(weightsOf('1'), Buffer.from('half'));
    await expect(promote(store, 'm', { version: '1', reason })).rejects.toMatchObject({
      code: 'VERSION_UNUSABLE',
      details: { file: 'models/m/1/', received: expect.stringContaining('weights') },
    });
    expect(await stableIn(store)).toBe('3');
  });

  it('by two at once is won by one, and the other is told of it', async () => {
    const late = interruptedStore(store, 'put', modelKeys('m').aliases, async () => {
      await promote(store, 'm', { version: '2', reason: 'theirs' });
    });
    await expect(promote(late, 'm', { version: '1', reason: 'ours' })).rejects.toMatchObject({
      code: 'ALIAS_MOVED',
      details: {
        file: modelKeys('m').aliases,
        expected: 'aliases as they were: stable 3, candidate none',
        received: expect.stringMatching(/^stable 3 → 2 at .*: theirs$/),
      },
    });
    expect(await stableIn(store)).toBe('2');
  });
});

describe('rollback', () => {
  it('goes back one step each time, and a promotion goes on from there', async () => {
    const back = async () => (await rollback(store, 'm', { reason })).aliases.stable;
    expect([await back(), await back()]).toEqual(['2', '1']);
    await expect(back()).rejects.toMatchObject({
      code: 'ROLLBACK_IMPOSSIBLE',
      details: { received: '1 is its first' },
    });
    await promote(store, 'm', { version: '3', reason });
    expect(await back()).toBe('1');
    const { history } = (await readAliases(store, 'm'))!.aliases;
    expect(history.map(({ from, version, rollback: isBack = false }) => [from, version, isBack])).toEqual([
      [null, '1', false],
      ['1', '2', false],
      ['2', '3', false],
      ['3', '2', true],
      ['2', '1', true],
      ['1', '3', false],
      ['3', '1', true],
    ]);
  });

  it.each([
    ['gone', (key: string) => store.delete(key)],
    ['damaged', (key: string) => store.put(key, Buffer.from('half'))],
  ])('to a version whose files are %s is refused, and stable stays', async (_, harm) => {
    await harm(weightsOf('2'));
    await expect(rollback(store, 'm', { reason })).rejects.toMatchObject({
      code: 'VERSION_UNUSABLE',
      details: { file: 'models/m/2/' },
    });
    expect(await stableIn(store)).toBe('3');
  });

  it('by eight at once goes back as many steps as succeeded', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => rollback(store, 'm', { reason })));
    const done = asked.filter(({ status }) => status === 'fulfilled').length;
    const codes = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(done).toBeGreaterThan(0);
    expect(['3', '2', '1'].indexOf((await stableIn(store))!)).toBe(done);
    expect(codes.every((code) => code === 'ALIAS_MOVED' || code === 'ROLLBACK_IMPOSSIBLE')).toBe(true);
  });

  it('knows a run that publishes while it decides', async () => {
    const late = interruptedStore(store, 'put', modelKeys('m').aliases, async () => {
      await moveAlias(store, 'm', { alias: 'stable', version: '4', reason: 'a run' });
    });
    await expect(rollback(late, 'm', { reason })).rejects.toMatchObject({ code: 'ALIAS_MOVED' });
    expect(trailOfStable((await readAliases(store, 'm'))!.aliases.history)).toEqual(['1', '2', '3', '4']);
  });
});
