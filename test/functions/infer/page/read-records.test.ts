import { describe, expect, it } from 'vitest';
import { readRecords } from '../../../../functions/infer/page/read-records.ts';
import type { Compression } from '../../../../shared/tfrecord/detect-compression.ts';
import { encodeTfRecordFile } from '../../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../../shared/validation/clip-to-sequence-example.ts';
import { clipOf } from '../../../fixtures/clips.ts';
import { smallLabels, smallShape } from '../../../fixtures/published-model.ts';
import { byteClips } from '../../../shared/model/small-models.ts';

const { width } = smallShape;
const labels = smallLabels.map(({ mid, displayName }) => ({ id: mid, name: displayName }));
const input = { width, max_frames: smallShape.maxFrames, dtype: 'uint8' } as const;

const frames = byteClips([3, 9], width);
const payloads = [
  clipOf(smallShape, { id: 'first', frames: frames[0]!, frameCount: 3, labels: [0, 3], start: 30, end: 33 }),
  clipOf(smallShape, { id: 'second', frames: frames[1]!, frameCount: 9, labels: [77], start: NaN, end: NaN }),
].map(clipToSequenceExample);

describe('the page reads of a TFRecord what infer reads', () => {
  it.each(['none', 'gzip', 'zlib'] satisfies Compression[])('compression: %s', async (compression) => {
    const file = new Uint8Array(encodeTfRecordFile(payloads, { compression }));
    expect(await readRecords(file, input, labels)).toEqual([
      {
        id: 'first',
        start: 30,
        truth: [
          { id: '/m/0', name: 'Speech' },
          { id: '/m/3', name: 'Rain' },
        ],
        frames: frames[0],
      },
      { id: 'second', start: null, truth: [{ id: '', name: 'label 77' }], frames: frames[1] },
    ]);
  });

  it('a file of records of another kind has no clips for it', async () => {
    expect(await readRecords(new Uint8Array(encodeTfRecordFile([Buffer.from('x')])), input, labels)).toEqual(
      [],
    );
  });
});
