import { beforeEach, describe, expect, it } from 'vitest';
import { modelKeys } from '../../../shared/dataset/keys.ts';
import { moveText } from '../../../shared/registry/alias-history.ts';
import { readAliases } from '../../../shared/registry/aliases.ts';
import { type CandidateWish, setCandidate } from '../../../shared/registry/candidate.ts';
import { listModels } from '../../../shared/registry/list-models.ts';
import { publishVersion } from '../../../shared/registry/versions.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { type FreshBucket, freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { publish, smallLabels, smallModel } from '../../fixtures/published-model.ts';

const freshBucket = freshBuckets();
let store: FreshBucket;

/** Versions 1 and 2, of which 2 is stable. */
beforeEach(async () => {
  store = await freshBucket();
  for (const version of ['1', '2']) await publish(store, 'm', version, smallModel(Number(version)));
});

const set = async (wish: Omit<CandidateWish, 'reason'>) => {
  const { aliases, changed } = await setCandidate(store, 'm', { ...wish, reason: 'a test' });
  const { candidate, traffic } = aliases;
  return { candidate, ...traffic, changed };
};

describe('a candidate', () => {
  it('is set, changed and cleared; what is not said stays', async () => {
    expect(await set({ version: '1', traffic: { share: 0.1 } })).toEqual({
      ...{ candidate: '1', share: 0.1, shadow: false, changed: true },
    });
    expect(await set({ traffic: { shadow: true } })).toMatchObject({
      candidate: '1',
      share: 0.1,
      shadow: true,
    });
    expect(await set({ version: '1', traffic: { share: 0.1 } })).toMatchObject({
      shadow: true,
      changed: false,
    });
    expect(await set({ version: null })).toMatchObject({ candidate: null, share: 0, shadow: false });
    const { history } = (await readAliases(store, 'm'))!.aliases;
    expect(history.slice(2).map((move) => moveText(move).replace(/ at .*:/, ':'))).toEqual([
      'candidate none → 1, 10 % of the requests: a test',
      'candidate 1 → 1, 10 % of the requests, shadow: a test',
      'candidate 1 → none: a test',
    ]);
  });

  it.each([
    ['stable itself', { version: '2' }, 'VERSION_UNKNOWN', '"2", which is stable'],
    ['unknown', { version: '9' }, 'VERSION_UNKNOWN', '"9"'],
    ['not there', { traffic: { share: 0.5 } }, 'VERSION_UNKNOWN', 'neither'],
    ['given more than everything', { version: '1', traffic: { share: 1.5 } }, 'USAGE', '1.5'],
  ])('that is %s is refused', async (_, wish, code, received) => {
    await expect(set(wish)).rejects.toMatchObject({ code, details: { received } });
    expect((await readAliases(store, 'm'))!.aliases.candidate).toBeNull();
  });

  it('that is damaged is refused', async () => {
    await store.delete(modelKeys('m').version('1').weights('group1-shard1of1.bin'));
    await expect(set({ version: '1' })).rejects.toMatchObject({ code: 'VERSION_UNUSABLE' });
  });
});

describe('aliases that were written before there was traffic', () => {
  it('are read as those of a candidate without any', async () => {
    const { aliases: key } = modelKeys('old');
    await writeJson(store, key, { stable: '1', candidate: '2', history: [] });
    expect((await readAliases(store, 'old'))!.aliases.traffic).toEqual({ share: 0, shadow: false });
  });
});

describe('the list of models', () => {
  it('tells versions, aliases, figures, when and by which run', async () => {
    const keys = modelKeys('n');
    await publishVersion(store, 'n', '10', smallModel(1), {
      labels: smallLabels,
      metrics: { mAP: 0.5, AUC: 0.9, dPrime: 1.8, curve: [] },
      lineage: { run: 'first', dataset: 'sounds' },
      card: '# A test\n',
    });
    await writeJson(store, keys.version('9').claim, { run: 'dead' });
    await store.put(keys.version('9').metrics, Buffer.from('{'));
    await set({ version: '1', traffic: { shadow: true } });
    const [m, n] = await listModels(store);
    expect(m).toMatchObject({
      ...{ model: 'm', stable: '2', candidate: '1', traffic: { share: 0, shadow: true } },
      versions: [
        { version: '1', aliases: ['candidate'] },
        { version: '2', aliases: ['stable'] },
      ],
      history: [{ version: '1' }, { version: '2' }, { alias: 'candidate' }],
    });
    const unsaid = { mAP: null, AUC: null, dPrime: null };
    expect(n).toMatchObject({
      ...{ model: 'n', stable: null, candidate: null, history: [] },
      versions: [
        { version: '9', complete: false, at: null, run: 'dead', dataset: null, metrics: unsaid },
        { version: '10', complete: true, run: 'first', dataset: 'sounds', aliases: [] },
      ],
    });
    const tenth = n!.versions[1]!;
    expect(tenth.metrics).toEqual({ mAP: 0.5, AUC: 0.9, dPrime: 1.8 });
    expect(Date.parse(tenth.at!)).toBeGreaterThan(Date.now() - 60_000);
    expect(tenth.bytes).toBeGreaterThan(1000);
    expect(await listModels(store, 'n')).toEqual([n]);
    await expect(listModels(store, 'nn')).rejects.toMatchObject({ code: 'VERSION_UNKNOWN' });
  });
});
