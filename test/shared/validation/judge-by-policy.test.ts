import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../../shared/dataset/documents.ts';
import { datasetConfigKey, manifestKey, receiptKey } from '../../../shared/dataset/keys.ts';
import { readShard } from '../../../shared/dataset/read-shards.ts';
import { readSourceState } from '../../../shared/dataset/settled-sources.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { validateUpload } from '../../../shared/validation/validate-upload.ts';
import { bytesAt, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { clipNamed, clipsNamed, drop, ingest, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const odd = [
  clipNamed('bare', { labels: [] }),
  clipNamed('twice', { labels: [4, 4] }),
  clipNamed('backwards', { start: 9, end: 3 }),
  clipNamed('minus', { labels: [-1, 7] }),
  clipNamed('long', { frameCount: 11, frames: new Uint8Array(11 * 128) }),
];

const setPolicy = (store: ObjectStore, policy: object) =>
  writeJson(store, datasetConfigKey('set'), { policy });
const receiptAt = (store: ObjectStore, key: string) => jsonAt<Receipt>(store, receiptKey(key));

async function judged(policy: object, clips = odd) {
  const store = await freshBucket();
  await setPolicy(store, policy);
  const key = await ingest(store, 'set', 'train', 'a.tfrecord', clips);
  const receipt = await receiptAt(store, key);
  const shards = await keysBelow(store, 'shards/');
  const table = shards[0] === undefined ? null : await readShard(store, shards[0]);
  const severities = Object.fromEntries(receipt.anomalies.map(({ code, severity }) => [code, severity]));
  return { store, key, receipt, table, severities };
}

describe('an upload judged by the policy of its dataset', () => {
  it('has bad frames and labels in quarantine and the rest with a note, when nothing is said', async () => {
    const { receipt, severities, table } = await judged({});
    expect(table!.ids).toEqual(['backwards', 'bare', 'twice']);
    expect(receipt.quarantined.records).toBe(2);
    expect(severities).toEqual({
      LABELS_EMPTY: 'warning',
      LABEL_REPEATED: 'warning',
      TIMES_INVALID: 'warning',
      LABEL_INVALID: 'error',
      FRAMES_OUT_OF_RANGE: 'error',
    });
    expect(receipt.rules).toEqual({
      width: 128,
      maxFrames: 10,
      dtype: 'uint8',
      evalShare: null,
      policy: severities,
    });
  });

  it('loses to quarantine what is made an error', async () => {
    const policy = { LABELS_EMPTY: 'error', LABEL_REPEATED: 'error', TIMES_INVALID: 'error' };
    const { receipt, table, store, key } = await judged(policy);
    expect(table).toBeNull();
    expect(receipt).toMatchObject({ clips: 0, quarantined: { records: 5 } });
    expect(await jsonAt(store, manifestKey(key))).toMatchObject({ clips: 0, quarantined: 5 });
  });

  it('keeps what is made a warning: the labels that are valid, the frames that fit', async () => {
    const { receipt, table, severities } = await judged({
      LABEL_INVALID: 'warning',
      FRAMES_OUT_OF_RANGE: 'warning',
    });
    expect(receipt).toMatchObject({ clips: 5, quarantined: { records: 0, key: null, sha256: null } });
    expect(severities).toMatchObject({ LABEL_INVALID: 'warning', FRAMES_OUT_OF_RANGE: 'warning' });
    const row = (id: string) => table!.ids.indexOf(id);
    const labelsOf = (id: string) => [
      ...table!.labelIndices.subarray(table!.labelOffsets[row(id)], table!.labelOffsets[row(id) + 1]),
    ];
    expect(labelsOf('minus')).toEqual([7]);
    expect(table!.frameCounts[row('long')]).toBe(10);
    const frames = table!.frames.subarray(row('long') * 1280, (row('long') + 1) * 1280);
    expect([...frames]).toEqual([...odd[4]!.frames.subarray(0, 1280)]);
  });

  it('has a label left, or counts as without labels too', async () => {
    const clips = [clipNamed('minus', { labels: [-1] })];
    const { receipt } = await judged({ LABEL_INVALID: 'warning' }, clips);
    expect(receipt).toMatchObject({
      clips: 1,
      labels: 0,
      anomalyCounts: { LABEL_INVALID: 1, LABELS_EMPTY: 1 },
    });
    const strict = await judged({ LABEL_INVALID: 'warning', LABELS_EMPTY: 'error' }, clips);
    expect(strict.receipt.clips).toBe(0);
  });

  it('says nothing of what is ignored, and still knows that it met it', async () => {
    const policy = { LABELS_EMPTY: 'ignore', TIMES_INVALID: 'ignore', LABEL_REPEATED: 'ignore' };
    const { receipt, severities } = await judged(policy, odd.slice(0, 3));
    expect(severities).toEqual({});
    expect(receipt).toMatchObject({ clips: 3, anomalyCounts: {}, rules: { policy } });
  });

  it('of no frames has nothing to keep, whatever the policy', async () => {
    const none = clipNamed('none', { frameCount: 0, frames: new Uint8Array(0) });
    const { receipt, severities } = await judged({ FRAMES_OUT_OF_RANGE: 'warning' }, [none]);
    expect(receipt.clips).toBe(0);
    expect(severities).toEqual({ FRAMES_OUT_OF_RANGE: 'error' });
  });

  it('of nothing at all is an error, a warning or no matter', async () => {
    for (const severity of ['error', 'warning', 'ignore']) {
      const store = await freshBucket();
      await setPolicy(store, { FILE_EMPTY: severity });
      const key = await ingest(store, 'set', 'train', 'a.tfrecord', new Uint8Array(0));
      const { anomalies, rules } = await receiptAt(store, key);
      expect(anomalies.map((one) => one.severity)).toEqual(severity === 'ignore' ? [] : [severity]);
      expect(rules.policy).toEqual({ FILE_EMPTY: severity });
    }
  });

  it('is judged anew when the policy changes in what it was found to have, and no other upload is', async () => {
    const store = await freshBucket();
    const bare = await ingest(store, 'set', 'train', 'bare.tfrecord', [odd[0]!]);
    const twice = await ingest(store, 'set', 'train', 'twice.tfrecord', [odd[1]!]);
    const plain = await ingest(store, 'set', 'all', 'plain.tfrecord', clipsNamed('p', 2));
    const outdated = async () => (await readSourceState(store, 'set')).outdated.map(({ key }) => key);
    await setPolicy(store, { LABELS_EMPTY: 'ignore' });
    expect(await outdated()).toEqual([bare]);
    const before = store.changes().length;
    for (const key of [twice, plain])
      expect(await validateUpload(store, key)).toEqual({ outcome: 'unchanged' });
    expect(store.changes()).toHaveLength(before);
    await process(store, bare);
    expect(await outdated()).toEqual([]);
    await setPolicy(store, { LABELS_EMPTY: 'error', TIMES_INVALID: 'error' });
    expect(await outdated()).toEqual([bare]);
    await process(store, bare);
    expect((await receiptAt(store, bare)).quarantined.records).toBe(1);
    await writeJson(store, datasetConfigKey('set'), { policy: { LABELS_EMPTY: 'error' }, evalShare: 0.5 });
    expect(await outdated()).toEqual([plain]);
  });

  it('has the receipt that a fresh bucket gives it, whatever the configuration was before', async () => {
    const store = await freshBucket();
    const keys = [];
    for (const [i, clip] of odd.entries()) {
      keys.push(await ingest(store, 'set', 'train', `${i}.tfrecord`, [clip, clipNamed(`good${i}`)]));
    }
    const policy = { LABELS_EMPTY: 'error', LABEL_INVALID: 'warning', LABEL_REPEATED: 'ignore' };
    await setPolicy(store, policy);
    for (const { key } of (await readSourceState(store, 'set')).outdated) await process(store, key);
    const fresh = await freshBucket();
    await setPolicy(fresh, policy);
    for (const [i, clip] of odd.entries()) {
      await drop(fresh, 'set', 'train', `${i}.tfrecord`, [clip, clipNamed(`good${i}`)]);
      await process(fresh, keys[i]!);
    }
    for (const prefix of ['receipts/', 'manifest/', 'quarantine/']) {
      const found = await keysBelow(fresh, prefix);
      expect(await keysBelow(store, prefix)).toEqual(found);
      for (const key of found) expect(await bytesAt(store, key)).toEqual(await bytesAt(fresh, key));
    }
  });
});
