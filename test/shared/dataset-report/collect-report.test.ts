import { describe, expect, it } from 'vitest';
import { reportLines } from '../../../infra/commands/data-report-command.ts';
import { reportPage } from '../../../infra/commands/report-page.ts';
import { collectReport } from '../../../shared/dataset-report/collect-report.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
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
    expect(crc!.remedy).not.toBe('');
  });

  it('is a page that needs nothing from the network and escapes what it shows', async () => {
    const store = await oddDataset();
    const page = reportPage({ ...(await collectReport(store, 'odd')), dataset: '<script>x</script>' });
    expect(page).not.toMatch(/<script|(?:src|href)=|url\(|@import/);
    expect(page).toContain('&lt;script&gt;x&lt;/script&gt;');
    expect(page).toContain('1 × TFRECORD_DATA_CRC_MISMATCH');
    expect(page).toContain('incoming/odd/train/damaged.tfrecord, record 0');
  });

  it('is also a summary in lines', async () => {
    const lines = reportLines(await collectReport(await oddDataset(), 'odd'));
    expect(lines[0]).toBe('odd: 5 files, 7 training and 2 eval clips, 527 labels');
    expect(lines.join('\n')).toMatch(
      /error TFRECORD_DATA_CRC_MISMATCH, 1 ×.*\n {2}first at incoming\/odd\/train\/damaged/,
    );
  });

  it('says when there is no such dataset', async () => {
    await expect(collectReport(await freshBucket(), 'none')).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
    });
  });
});
