import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '../../../shared/dataset/build-snapshot.ts';
import { datasetConfigKey } from '../../../shared/dataset/keys.ts';
import { settledSources } from '../../../shared/dataset/settled-sources.ts';
import { catalogue } from '../../../shared/errors/catalogue.ts';
import type { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { clipNamed, clipsNamed, ingest } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();
const snapshotOf = async (store: ObjectStore) =>
  buildSnapshot(store, 'set', await settledSources(store, 'set', 0));

describe('the refusal of a snapshot', () => {
  it('says what was found, each with its first place and what to do', async () => {
    const store = await freshBucket();
    const narrow = (id: string) => clipNamed(id, { frames: new Uint8Array(1270) });
    await ingest(store, 'set', 'train', 'a.tfrecord', [narrow('a'), narrow('b')]);
    await ingest(store, 'set', 'train', 'b.tfrecord', [narrow('c'), clipNamed('far', { labels: [600] })]);
    await store.put('incoming/set/train/c.txt', Buffer.from('notes'));
    const error = await snapshotOf(store).catch((thrown: unknown) => thrown as EarshotError);
    expect(error).toMatchObject({ code: 'SNAPSHOT_EMPTY' });
    expect((error as EarshotError).message.split('\n').slice(1)).toEqual([
      '  3 records: A frame has another width than the dataset (EMBEDDING_WRONG_WIDTH), first at incoming/set/train/a.tfrecord, record 0, byte 0, audio_embedding: expected 128 bytes a frame, received 127 bytes in frame 0 and 9 more frames',
      `    ${catalogue.EMBEDDING_WRONG_WIDTH.remedy}`,
      '  1 file: The object is not at incoming/<dataset>/<split>/<file>.tfrecord[.gz] (INCOMING_KEY_INVALID), first at incoming/set/train/c.txt, key: expected incoming/<dataset>/<train|eval|all>/<file>.tfrecord[.gz], received incoming/set/train/c.txt',
      `    ${catalogue.INCOMING_KEY_INVALID.remedy}`,
      `  1 clip: ${catalogue.LABEL_UNKNOWN.message} (LABEL_UNKNOWN), first at incoming/set/train/b.tfrecord, clip far, train: received label 600 of 527`,
      `    ${catalogue.LABEL_UNKNOWN.remedy}`,
    ]);
  });

  it.each([
    ['LEAKED_CLIP', clipNamed('e0'), '1 × LEAKED_CLIP'],
    ['DUPLICATE_CLIP', clipNamed('t0'), '1 × DUPLICATE_CLIP'],
    ['LABEL_UNKNOWN', clipNamed('far', { labels: [600] }), '1 × LABEL_UNKNOWN'],
  ])(
    'is for a %s that the policy calls an error; another policy does not change the snapshot',
    async (code, clip, received) => {
      const store = await freshBucket();
      await ingest(store, 'set', 'train', 'a.tfrecord', clipsNamed('t', 2));
      await ingest(store, 'set', 'train', 'b.tfrecord', [clip]);
      await ingest(store, 'set', 'eval', 'a.tfrecord', clipsNamed('e', 2));
      const { key } = await snapshotOf(store);
      await writeJson(store, datasetConfigKey('set'), { policy: { [code]: 'error' } });
      await expect(snapshotOf(store)).rejects.toMatchObject({
        code: 'SNAPSHOT_REFUSED',
        details: { file: 'incoming/set/', field: `policy.${code}`, received },
        message: expect.stringContaining('first at incoming/set/train/b.tfrecord'),
      });
      const others = ['LEAKED_CLIP', 'DUPLICATE_CLIP', 'LABEL_UNKNOWN'].filter((other) => other !== code);
      const policy = Object.fromEntries(others.map((other) => [other, 'error']));
      await writeJson(store, datasetConfigKey('set'), { policy });
      expect((await snapshotOf(store)).key).toBe(key);
    },
  );
});
