import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../../shared/dataset/documents.ts';
import {
  datasetConfigKey,
  incomingKey,
  quarantineKey,
  quarantineReasonsKey,
  receiptKey,
} from '../../../shared/dataset/keys.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { frameRecord } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { validateUpload } from '../../../shared/validation/validate-upload.ts';
import { bytesAt, contentsOf, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { clipNamed, clipsNamed, drop, fileOfClips, process } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const good = fileOfClips(clipsNamed('good', 3));
const bad = Buffer.concat([good, frameRecord(Buffer.from('no example'))]);
const key = incomingKey('set', 'train', 'a.tfrecord');

const receiptAt = (store: ObjectStore, source = key) => jsonAt<Receipt>(store, receiptKey(source));
const etagOf = async (store: ObjectStore, source = key) => (await store.head(source))?.etag;

describe('validating an upload', () => {
  it('writes a receipt of what is good', async () => {
    const store = await freshBucket();
    await store.put(key, good);
    const { outcome } = await validateUpload(store, key);
    expect(outcome).toBe('validated');
    expect(await keysBelow(store, '')).toEqual([key, receiptKey(key)]);
    expect(await receiptAt(store)).toMatchObject({
      source: { key, etag: await etagOf(store), size: good.length },
      compression: 'none',
      bytes: good.length,
      records: 3,
      clips: 3,
      labels: 6,
      good: [[0, 3, 0, good.length]],
      quarantined: { records: 0, key: null },
      anomalyCounts: {},
      anomalies: [],
    });
  });

  it('a second time writes nothing', async () => {
    const store = await freshBucket();
    await store.put(key, bad);
    await validateUpload(store, key);
    const before = store.changes();
    expect(await validateUpload(store, key)).toEqual({ outcome: 'unchanged' });
    expect(store.changes()).toEqual(before);
  });

  it('asks for no receipt of a new file, and reads none twice that has one', async () => {
    const store = await freshBucket();
    await store.put(key, good);
    const calls: string[] = [];
    const watched = watchedStore(store, ({ method, key: at }) => {
      calls.push(`${method} ${at}`);
    });
    await validateUpload(watched, key);
    const configuration = `get ${datasetConfigKey('set')}`;
    const [read, write, look] = [`stream ${key}`, `put ${receiptKey(key)}`, `head ${key}`];
    expect(calls).toEqual([configuration, read, write, look]);
    await store.put(datasetConfigKey('set'), Buffer.from('{"maxFrames": 20}'));
    calls.length = 0;
    expect((await validateUpload(watched, key)).outcome).toBe('validated');
    const again = [`get ${receiptKey(key)}`, configuration, look, write, look];
    expect(calls).toEqual([configuration, read, write, ...again]);
  });

  it('puts the bad records into a valid TFRecord, with the reasons beside it', async () => {
    const store = await freshBucket();
    const unreadable = Buffer.from('neither an example nor a clip');
    const short = clipToSequenceExample(clipNamed('short', { frameCount: 10, frames: new Uint8Array(1270) }));
    const records = [clipNamed('a'), clipNamed('b')].map(clipToSequenceExample);
    await store.put(key, Buffer.concat([records[0]!, unreadable, records[1]!, short].map(frameRecord)));
    await validateUpload(store, key);
    const receipt = await receiptAt(store);
    expect(receipt).toMatchObject({
      records: 4,
      clips: 2,
      quarantined: { records: 2, key: quarantineKey(key) },
      anomalyCounts: { EXAMPLE_MALFORMED: 1, EMBEDDING_WRONG_WIDTH: 1 },
    });
    expect(receipt.good.map(([first, count]) => [first, count])).toEqual([
      [0, 1],
      [2, 1],
    ]);
    const quarantined = await bytesAt(store, quarantineKey(key));
    expect(quarantined.equals(Buffer.concat([unreadable, short].map(frameRecord)))).toBe(true);
    expect(await jsonAt(store, quarantineReasonsKey(key))).toEqual({
      source: key,
      records: [
        { quarantineRecord: 0, anomalies: [receipt.anomalies[0]] },
        { quarantineRecord: 1, anomalies: [receipt.anomalies[1]] },
      ],
      recordsOmitted: 0,
    });
    expect(receipt.anomalies[0]).toMatchObject({ code: 'EXAMPLE_MALFORMED', file: key, record: 1 });
    expect(receipt.anomalies[1]).toMatchObject({ code: 'EMBEDDING_WRONG_WIDTH', file: key, record: 3 });
  });

  it('follows an overwritten source: a new receipt, and no quarantine once it is good', async () => {
    const store = await freshBucket();
    await store.put(key, bad);
    await validateUpload(store, key);
    const first = await receiptAt(store);
    expect(first.quarantined.records).toBe(1);
    await store.put(key, good);
    expect((await validateUpload(store, key)).outcome).toBe('validated');
    expect((await receiptAt(store)).source.etag).toBe(await etagOf(store));
    expect(await keysBelow(store, '')).toEqual([key, receiptKey(key)]);
  });

  it('of a deleted source removes all that mirrors it', async () => {
    const store = await freshBucket();
    await store.put(key, bad);
    await process(store, key);
    await store.delete(key);
    expect(await validateUpload(store, key)).toEqual({ outcome: 'removed' });
    expect((await keysBelow(store, '')).filter((left) => !left.startsWith('shards/'))).toEqual([]);
    expect(await validateUpload(store, key)).toEqual({ outcome: 'removed' });
  });

  it('of a source overwritten while it is read ends with the newest version', async () => {
    for (const method of ['put', 'head'] as const) {
      const store = await freshBucket();
      await store.put(key, bad);
      await validateUpload(store, key);
      await store.put(key, fileOfClips(clipsNamed('second', 2)));
      const prefix = method === 'put' ? 'receipts/' : 'incoming/';
      const meddled = interruptedStore(store, method, prefix, () => store.put(key, good));
      expect((await validateUpload(meddled, key)).outcome).toBe('validated');
      expect(await receiptAt(store)).toMatchObject({ source: { etag: await etagOf(store) }, clips: 3 });
    }
  });

  it('of a source deleted while it is read leaves nothing', async () => {
    const store = await freshBucket();
    await store.put(key, bad);
    const meddled = interruptedStore(store, 'put', 'receipts/', () => store.delete(key));
    expect(await validateUpload(meddled, key)).toEqual({ outcome: 'removed' });
    expect(await keysBelow(store, '')).toEqual([]);
  });

  it('of a source uploaded again while its mirrors are removed keeps the new ones', async () => {
    const store = await freshBucket();
    const meddled = interruptedStore(store, 'delete', receiptKey(key), async () => {
      await store.put(key, good);
      await validateUpload(store, key);
    });
    expect((await validateUpload(meddled, key)).outcome).toBe('validated');
    expect(await receiptAt(store)).toMatchObject({ source: { etag: await etagOf(store) } });
  });

  it('of an old version that ends late leaves the quarantine of the newest', async () => {
    for (const newest of [good, Buffer.concat([good, frameRecord(Buffer.from('other'))])]) {
      const store = await freshBucket();
      await store.put(key, bad);
      // The newest version comes, and is validated, between reading the old one and writing about it.
      const meddled = interruptedStore(store, 'put', 'quarantine/', async () => {
        await store.put(key, newest);
        await validateUpload(store, key);
      });
      await validateUpload(meddled, key);
      const late = await contentsOf(store);
      await store.delete(key);
      await validateUpload(store, key);
      await store.put(key, newest);
      await validateUpload(store, key);
      expect(late).toEqual(await contentsOf(store));
    }
  });

  it('at several places at once gives what one gives', async () => {
    const store = await freshBucket();
    await store.put(key, bad);
    await Promise.all(Array.from({ length: 5 }, () => validateUpload(store, key)));
    const together = await contentsOf(store);
    const alone = await freshBucket();
    await alone.put(key, bad);
    await validateUpload(alone, key);
    expect(together).toEqual(await contentsOf(alone));
  });

  it('depends only on key, content and rules: two stores hold the same bytes', async () => {
    const damaged = Buffer.from(bad);
    damaged[40]! ^= 1;
    const contents = await Promise.all(
      [freshBucket(), freshBucket()].map(async (opened) => {
        const store = await opened;
        await store.put(key, damaged);
        await validateUpload(store, key);
        return contentsOf(store);
      }),
    );
    expect(contents[0]).toEqual(contents[1]);
    expect(contents[0]!.length).toBe(4);
  });

  it('keeps the quarantine of a name apart from that of the same name with a compression', async () => {
    const store = await freshBucket();
    const twin = `${key}.gz`;
    await drop(store, 'set', 'train', 'a.tfrecord', bad);
    await drop(store, 'set', 'train', 'a.tfrecord.gz', bad);
    for (const source of [key, twin]) await validateUpload(store, source);
    await store.put(twin, good);
    await validateUpload(store, twin);
    expect(await store.head((await receiptAt(store)).quarantined.key!)).not.toBeNull();
    expect(await keysBelow(store, 'quarantine/')).toHaveLength(2);
  });

  it('names a misplaced object, and does not look into it', async () => {
    const store = await freshBucket();
    const misplaced = 'incoming/set/test/a.tfrecord';
    await store.put(misplaced, good);
    // A stream that nobody reads would keep its connection.
    const watched = watchedStore(store, ({ method }) => expect(method).not.toBe('stream'));
    expect((await validateUpload(watched, misplaced)).outcome).toBe('validated');
    expect(await receiptAt(store, misplaced)).toMatchObject({
      records: 0,
      clips: 0,
      anomalyCounts: { INCOMING_KEY_INVALID: 1 },
      anomalies: [{ code: 'INCOMING_KEY_INVALID', file: misplaced, field: 'key', received: misplaced }],
    });
    expect(await validateUpload(store, misplaced)).toEqual({ outcome: 'unchanged' });
    await store.delete(misplaced);
    expect(await validateUpload(store, misplaced)).toEqual({ outcome: 'removed' });
    expect(await keysBelow(store, '')).toEqual([]);
  });

  it.each(['incoming/set/train/', 'receipts/set/train/a.tfrecord.json', 'shards/x', 'a.tfrecord'])(
    'leaves %s alone',
    async (other) => {
      const store = await freshBucket();
      await store.put(other, good);
      expect(await validateUpload(store, other)).toEqual({ outcome: 'ignored' });
      expect(await keysBelow(store, '')).toEqual([other]);
    },
  );

  it('judges anew when the rules of the dataset have changed', async () => {
    const store = await freshBucket();
    await store.put(key, good);
    await validateUpload(store, key);
    await store.put(datasetConfigKey('set'), Buffer.from('{"maxFrames": 9}'));
    expect((await validateUpload(store, key)).outcome).toBe('validated');
    expect(await receiptAt(store)).toMatchObject({
      rules: { width: 128, maxFrames: 9, dtype: 'uint8', evalShare: null },
      clips: 0,
      anomalyCounts: { FRAMES_OUT_OF_RANGE: 3 },
    });
    expect(await validateUpload(store, key)).toEqual({ outcome: 'unchanged' });
  });

  it('names what is wrong in the configuration of the dataset', async () => {
    const store = await freshBucket();
    await store.put(key, good);
    await store.put(datasetConfigKey('set'), Buffer.from('{"maxFrame": 9}'));
    await expect(validateUpload(store, key)).rejects.toMatchObject({
      code: 'DATASET_CONFIG_INVALID',
      details: { file: datasetConfigKey('set'), path: 'maxFrame' },
    });
  });

  it('gives up on a source that changes each time it is read', async () => {
    const store = await freshBucket();
    await store.put(key, good);
    let version = 0;
    const restless = watchedStore(store, async ({ method, key: written }) => {
      if (method === 'put' && written.startsWith('receipts/')) {
        version++;
        await store.put(key, fileOfClips(clipsNamed(`v${version}-`, 1)));
      }
    });
    await expect(validateUpload(restless, key)).rejects.toMatchObject({
      code: 'CONDITIONAL_WRITE_LOST',
      details: { file: key, received: '5 versions in a row' },
    });
  });
});
