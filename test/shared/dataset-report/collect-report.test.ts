import { describe, expect, it } from 'vitest';
import { reportLines } from '../../../infra/commands/data-report-command.ts';
import { reportPage } from '../../../infra/commands/report-page.ts';
import {
  datasetConfigKey,
  labelListKey,
  quarantineKey,
  quarantineReasonsKey,
} from '../../../shared/dataset/keys.ts';
import { formatLabelList } from '../../../shared/dataset/label-list.ts';
import { collectReport } from '../../../shared/dataset-report/collect-report.ts';
import { catalogue } from '../../../shared/errors/catalogue.ts';
import { writeJson } from '../../../shared/storage/json-objects.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { watchedStore } from '../../fixtures/object-store/watched-store.ts';
import { clipNamed, clipsNamed, drop, fileOfClips, ingest } from '../../fixtures/uploads.ts';

const freshBucket = freshBuckets();

async function oddDataset() {
  const store = await freshBucket();
  const frames = new Uint8Array(3 * 128).fill(9);
  const short = { ...clipNamed('short', { frameCount: 3, labels: [0] }), frames };
  await ingest(store, 'odd', 'train', 'a.tfrecord', [...clipsNamed('t', 4), short]);
  await ingest(store, 'odd', 'train', 'b.tfrecord', [
    clipNamed('t0'),
    clipNamed('e0'),
    clipNamed('far', { labels: [600] }),
  ]);
  await ingest(store, 'odd', 'eval', 'a.tfrecord', clipsNamed('e', 2));
  const damaged = Buffer.from(fileOfClips(clipsNamed('d', 3)));
  damaged[40]! ^= 1;
  await ingest(store, 'odd', 'train', 'damaged.tfrecord', damaged);
  await drop(store, 'odd', 'train', 'pending.tfrecord', clipsNamed('p', 1));
  return store;
}

describe('the report of a dataset', () => {
  it('counts what stays and groups what does not, with the first place of each', async () => {
    const report = await collectReport(await oddDataset(), 'odd');
    expect(report).toMatchObject({ files: 5, pending: 1, quarantinedFiles: 1, quarantinedRecords: 1 });
    expect(report.train).toMatchObject({ clips: 7, labels: 13 });
    expect(report.eval).toMatchObject({ clips: 2, labels: 4 });
    expect(report.train.clipsPerLabel[0]).toBe(1);
    expect(report.train.clipsPerLabel[3]).toBe(6);
    expect(report.train.clipsPerLabelCount).toEqual([0, 1, 6]);
    expect(report.train.clipsPerFrameCount).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6]);
    expect(report.train.byteHistogram[9]).toBeGreaterThanOrEqual(3 * 128);
    expect(report.train.byteHistogram.reduce((a, b) => a + b)).toBe((6 * 10 + 3) * 128);
    expect(Object.fromEntries(report.anomalies.map(({ code, count }) => [code, count]))).toEqual({
      TFRECORD_DATA_CRC_MISMATCH: 1,
      LABEL_UNKNOWN: 1,
      DUPLICATE_CLIP: 1,
      LEAKED_CLIP: 1,
    });
    const crc = report.anomalies.find(({ code }) => code === 'TFRECORD_DATA_CRC_MISMATCH');
    expect(crc).toMatchObject({
      severity: 'error',
      examples: [{ file: 'incoming/odd/train/damaged.tfrecord', record: 0, offset: 0 }],
    });
    expect(crc!.remedy).toBe(catalogue.TFRECORD_DATA_CRC_MISMATCH.remedy);
  });

  it('is a page that needs nothing from the network and escapes what it shows', async () => {
    const store = await oddDataset();
    const page = reportPage({ ...(await collectReport(store, 'odd')), dataset: '<script>x</script>' });
    expect(page).not.toMatch(/<script|(?:src|href)=|url\(|@import/);
    expect(page).toContain('&lt;script&gt;x&lt;/script&gt;');
    expect(page).toContain(`1 record: ${catalogue.TFRECORD_DATA_CRC_MISMATCH.message}`);
    expect(page).toContain('incoming/odd/train/damaged.tfrecord, record 0');
  });

  it('is also a summary in lines', async () => {
    const lines = reportLines(await collectReport(await oddDataset(), 'odd'));
    expect(lines[0]).toBe('odd: 5 files, 7 training and 2 eval clips, 527 labels');
    expect(lines).toEqual([
      'odd: 5 files, 7 training and 2 eval clips, 527 labels',
      'labels given: 13 in train, 4 in eval; 524 labels have no training clip',
      'not validated and sharded yet: 1 file',
      'in quarantine: 1 record of 1 file',
      'duplicates left out: 1 clip; leaks left out of train: 1 clip',
      "waiting for labels that are not in AudioSet's list, as there is no datasets/odd.labels.csv: 1 clip, 1 label, up to index 600",
      expect.stringMatching(
        /^error: 1 record: .* \(TFRECORD_DATA_CRC_MISMATCH\), first at incoming\/odd\/train\/damaged.tfrecord, record 0, byte 0: /,
      ),
      `  ${catalogue.TFRECORD_DATA_CRC_MISMATCH.remedy}`,
      `warning: 1 clip: ${catalogue.DUPLICATE_CLIP.message} (DUPLICATE_CLIP), first at incoming/odd/train/b.tfrecord, clip t0, train: received also in incoming/odd/train/a.tfrecord`,
      `  ${catalogue.DUPLICATE_CLIP.remedy}`,
      `warning: 1 clip: ${catalogue.LABEL_UNKNOWN.message} (LABEL_UNKNOWN), first at incoming/odd/train/b.tfrecord, clip far, train: received label 600 of 527`,
      `  ${catalogue.LABEL_UNKNOWN.remedy}`,
      `warning: 1 clip: ${catalogue.LEAKED_CLIP.message} (LEAKED_CLIP), first at incoming/odd/train/b.tfrecord, clip e0, train: received also in incoming/odd/eval/a.tfrecord`,
      `  ${catalogue.LEAKED_CLIP.remedy}`,
    ]);
  });

  it('tells of files of the same clips, of quarantine and of labels that come late', async () => {
    const store = await freshBucket();
    const twins = clipsNamed('t', 3);
    const a = await ingest(store, 'set', 'train', 'a.tfrecord', twins);
    const b = await ingest(store, 'set', 'train', 'b.tfrecord.gz', fileOfClips(twins.toReversed(), 'gzip'));
    const c = await ingest(store, 'set', 'eval', 'c.tfrecord', twins);
    const late = ['x', 'y', 'z'].map((id, i) => clipNamed(id, { labels: [600, 601 + (i & 1)] }));
    await ingest(store, 'set', 'train', 'late.tfrecord', late);
    const bad = await ingest(store, 'set', 'train', 'bad.tfrecord', [
      clipNamed('w', { frames: new Uint8Array(1270) }),
    ]);
    const report = await collectReport(store, 'set');
    expect(report).toMatchObject({
      train: { clips: 0 },
      eval: { clips: 3 },
      duplicateClips: 3,
      leakedClips: 3,
      duplicateFiles: [{ keys: [c, a, b], clips: 3 }],
      quarantine: [{ file: bad, records: 1, key: quarantineKey(bad), reasonsKey: quarantineReasonsKey(bad) }],
      lateLabels: {
        list: null,
        clips: 3,
        indices: 3,
        highest: 602,
        most: [
          { index: 600, clips: 3 },
          { index: 601, clips: 2 },
          { index: 602, clips: 1 },
        ],
      },
    });
    const page = reportPage(report);
    for (const text of [
      `${c}, ${a}, ${b}`,
      quarantineReasonsKey(bad),
      '3 clips, with 3 unknown labels, the highest index being 602',
    ]) {
      expect(page).toContain(text);
    }
    const labels = Array.from({ length: 603 }, (_, index) => ({
      index,
      mid: `/${index}`,
      displayName: `L${index}`,
    }));
    await store.put(labelListKey('set'), Buffer.from(formatLabelList(labels)));
    expect(await collectReport(store, 'set')).toMatchObject({
      train: { clips: 3, labels: 6 },
      lateLabels: { list: labelListKey('set'), clips: 0, indices: 0, highest: null, most: [] },
    });
  });

  it('groups many records as one, and reads receipts only until each group has its examples', async () => {
    const store = await freshBucket();
    await writeJson(store, datasetConfigKey('set'), { policy: { LABELS_EMPTY: 'error' } });
    const bare = Array.from({ length: 4 }, (_, i) => clipNamed(`bare${i}`, { labels: [] }));
    for (let i = 0; i < 9; i++) await ingest(store, 'set', 'train', `${i}.tfrecord`, bare);
    const reads: string[] = [];
    const watched = watchedStore(store, ({ method, key }) => {
      if (method === 'get' && key.startsWith('receipts/')) reads.push(key);
    });
    const { anomalies } = await collectReport(watched, 'set');
    expect(anomalies).toHaveLength(1);
    expect(anomalies[0]).toMatchObject({
      code: 'LABELS_EMPTY',
      severity: 'error',
      count: 36,
      unit: 'record',
    });
    expect(anomalies[0]!.examples.map(({ file, record }) => [file, record])).toEqual([
      ...[0, 1, 2, 3].map((record) => ['incoming/set/train/0.tfrecord', record]),
      ['incoming/set/train/1.tfrecord', 0],
    ]);
    expect(reads).toHaveLength(2);
  });

  it('says when there is no such dataset', async () => {
    await expect(collectReport(await freshBucket(), 'none')).rejects.toMatchObject({
      code: 'DATASET_EMPTY',
    });
  });
});
