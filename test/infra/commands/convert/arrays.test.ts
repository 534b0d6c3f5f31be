import { describe, expect, it } from 'vitest';
import { toFloat16 } from '../../../../shared/model/float16.ts';
import { converting, labelFile } from '../../../fixtures/converted.ts';
import { npyFile, npyTexts, npzFile } from '../../../fixtures/numpy-files.ts';

const { write, convert, left } = converting();
/** Three clips of two frames of four values. */
const values = Array.from({ length: 24 }, (_, i) => (i * 11) % 256);
const bytes = Uint8Array.from(values);
const threeLabels = labelFile('id,labels', 'a,dog', 'b,cat;dog', 'c,cat');
const framesIn = ({ clips }: Awaited<ReturnType<typeof convert>>) =>
  ['a', 'b', 'c'].flatMap((id) => [...clips.get(id)!.frames]);

describe('an .npy file', () => {
  it('of bytes becomes clips in the order of the label file, which the pipeline takes without a word', async () => {
    await write('e.npy', npyFile('|u1', [3, 2, 4], bytes));
    await write('labels.csv', threeLabels);
    const converted = await convert('e.npy');
    expect(converted.anomalies).toEqual([]);
    expect(framesIn(converted)).toEqual(values);
    expect([...converted.clips.values()].map(({ id, labels }) => [id, labels]).sort()).toEqual([
      ['a', [1]],
      ['b', [0, 1]],
      ['c', [0]],
    ]);
    expect(converted.report).toMatchObject({
      frames: 6,
      shape: { width: 4, maxFrames: 10, dtype: 'uint8' },
      labels: [{ mid: 'cat' }, { mid: 'dog' }],
    });
  });

  it('of two axes holds one frame a clip', async () => {
    await write('e.npy', npyFile('|u1', [3, 8], bytes));
    await write('labels.csv', threeLabels);
    const { clips } = await convert('e.npy');
    expect(clips.get('b')).toMatchObject({ frameCount: 1, frames: bytes.subarray(8, 16) });
  });

  it.each([
    ['<f2', toFloat16(Float32Array.from(values))],
    ['<f4', Float32Array.from(values)],
    ['<f8', Float64Array.from(values)],
    ['>f4', Buffer.from(Float32Array.from(values).buffer).swap32()],
    ['>f8', Buffer.from(Float64Array.from(values).buffer).swap64()],
    ['<i2', Int16Array.from(values)],
    ['>u2', Buffer.from(Uint16Array.from(values).buffer).swap16()],
    ['<u4', Uint32Array.from(values)],
    ['<i4', Int32Array.from(values)],
    ['<i8', BigInt64Array.from(values.map(BigInt))],
    ['<u8', BigUint64Array.from(values.map(BigInt))],
  ])('of %s holds the same numbers', async (descr, array) => {
    await write('e.npy', npyFile(descr, [3, 2, 4], array, { version: descr === '<f4' ? 2 : 1 }));
    await write('labels.csv', threeLabels);
    expect(framesIn(await convert('e.npy', { values: 'bytes' }))).toEqual(values);
  });

  it('of floats is refused until it is said what they are', async () => {
    await write('e.npy', npyFile('<f4', [3, 2, 4], Float32Array.from(values)));
    await write('labels.csv', threeLabels);
    await expect(convert('e.npy')).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: '--values', expected: expect.stringContaining('bytes, quantise, float32: what') },
    });
    expect(await left()).toEqual(['e.npy', 'labels.csv']);
  });

  it.each([
    ['Fortran order', npyFile('|u1', [3, 2, 4], bytes, { fortran: true }), 'C order', 'Fortran order'],
    ['Python objects', npyFile('|O', [3], new Uint8Array(8)), 'numbers|u1 to u8', 'O'],
    ['complex numbers', npyFile('<c8', [3, 1], new Uint8Array(24)), 'u1 to u8', '<c8'],
    ['one axis', npyFile('|u1', [24], bytes), '(clips, width)', '(24)'],
    ['four axes', npyFile('|u1', [3, 2, 2, 2], bytes), '(clips, width)', '(3, 2, 2, 2)'],
    ['text', npyTexts(['a', 'b']), 'numbers', 'text'],
    ['a cut end', npyFile('|u1', [3, 2, 4], bytes).subarray(0, -1), '3 rows of 8 bytes', 'the end'],
    ['a cut header', npyFile('|u1', [3, 2, 4], bytes).subarray(0, 40), 'a header', 'the end'],
    ['other bytes', Buffer.from('id,labels\n1,dog\n'), 'those of an .npy file', '6964'],
  ])('with %s is refused by file, expected and received', async (_, content, expected, received) => {
    await write('e.npy', content);
    await write('labels.csv', threeLabels);
    const refused = convert('e.npy', { values: 'bytes' });
    await expect(refused).rejects.toMatchObject({ code: 'ARRAY_UNUSABLE' });
    const { details } = await refused.catch((error) => error);
    expect(details.file).toMatch(/e\.npy$/);
    expect(details.expected).toMatch(new RegExp(expected.replaceAll(/[()]/g, '\\$&')));
    expect(details.received).toContain(received);
    expect(await left()).toEqual(['e.npy', 'labels.csv']);
  });
});

describe('an .npz file', () => {
  const embeddings = npyFile('|u1', [3, 2, 4], bytes);
  const ids = npyTexts(['c', 'bä', 'a']);

  it.each([0, 6] as const)('joins labels by id, takes starts and lengths (compression %i)', async (level) => {
    const lengths = npyFile('<i8', [3], BigInt64Array.of(2n, 1n, 2n));
    const starts = npyFile('<f8', [3], Float64Array.of(0, 30, 2.5));
    await write('e.npz', npzFile({ starts, embeddings, ids, lengths }, level));
    await write('labels.csv', labelFile('id,labels', 'a,dog', 'bä,cat;dog', 'c,cat'));
    const { clips, anomalies } = await convert('e.npz');
    expect(anomalies).toEqual([]);
    expect(clips.get('bä')).toMatchObject({
      start: 30,
      end: 31,
      frameCount: 1,
      frames: bytes.subarray(8, 12),
    });
    expect(clips.get('a')).toMatchObject({ start: 2.5, end: 4.5, frames: bytes.subarray(16) });
  });

  it('cuts rows of frames into clips by their lengths', async () => {
    const rows = npyFile('|u1', [6, 4], bytes);
    const lengths = npyFile('|u1', [3], Uint8Array.of(1, 3, 2));
    await write(
      'e.npz',
      npzFile({ embeddings: rows, ids: npyFile('<i4', [3], Int32Array.of(7, 8, 9)), lengths }),
    );
    await write('labels.csv', labelFile('id,labels', '7,dog', '8,dog', '9,cat'));
    const { clips } = await convert('e.npz');
    expect(clips.get('8')).toMatchObject({ frameCount: 3, frames: bytes.subarray(4, 16) });
    expect(clips.get('9')).toMatchObject({ frameCount: 2, frames: bytes.subarray(16) });
  });

  const one = (value: number) => npyFile('|u1', [3], Uint8Array.of(1, value, 2));
  it.each([
    ['an unknown array', { embeddings, names: ids }, 'arrays named embeddings', 'names'],
    ['no embeddings', { ids }, 'arrays named embeddings', 'ids'],
    ['ids of another number', { embeddings, ids: npyTexts(['a']) }, '3 values, one a clip', '1'],
    ['a length of none', { embeddings, ids, lengths: one(0) }, 'whole numbers from 1 to 2', '0 of clip 1'],
    ['a length beyond', { embeddings, ids, lengths: one(3) }, 'whole numbers from 1 to 2', '3 of clip 1'],
    ['starts of text', { embeddings, ids, starts: ids }, 'numbers', 'text'],
    ['ids of two axes', { embeddings, ids: embeddings }, 'one axis, the clips', '(3, 2, 4)'],
  ])('with %s is refused', async (_, arrays, expected, received) => {
    await write('e.npz', npzFile(arrays as Record<string, Uint8Array>));
    await write('labels.csv', threeLabels);
    await expect(convert('e.npz')).rejects.toMatchObject({
      code: 'ARRAY_UNUSABLE',
      details: { expected: expect.stringContaining(expected), received: expect.stringContaining(received) },
    });
  });

  it.each([
    ['is no ZIP', Buffer.from('nothing of the kind')],
    ['is cut', npzFile({ embeddings, ids }).subarray(0, 250)],
  ])('that %s is refused', async (_, content) => {
    await write('e.npz', content);
    await write('labels.csv', threeLabels);
    await expect(convert('e.npz')).rejects.toMatchObject({ code: 'ARRAY_UNUSABLE' });
  });
});
