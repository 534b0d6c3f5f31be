import { describe, expect, it } from 'vitest';
import { converting, labelFile } from '../../../fixtures/converted.ts';

const { write, convert, left } = converting();
const labels = labelFile('id,labels', 'a,dog', 'b,cat');
const asBytes = { values: 'bytes', width: '2' };

describe('a CSV file of embeddings', () => {
  it('holds a frame a line, or a clip a line', async () => {
    await write('frames.csv', '\uFEFFid,start,x,y\r\na,5,1,2\r\na,6,3,4\r\nb,0,5,6\r\n');
    await write('clips.csv', 'id,0,1,2,3\n"a",1,2,3,4\nb,5,6,7,8\n');
    await write('labels.csv', labels);
    const frames = await convert('frames.csv', asBytes);
    expect(frames.clips.get('a')).toMatchObject({
      start: 5,
      end: 7,
      frameCount: 2,
      frames: Uint8Array.of(1, 2, 3, 4),
    });
    expect(frames.clips.get('b')).toMatchObject({ frameCount: 1 });
    const clips = await convert('clips.csv', { ...asBytes, force: true });
    expect(clips.clips.get('b')).toMatchObject({ frameCount: 2, frames: Uint8Array.of(5, 6, 7, 8) });
    expect([...frames.anomalies, ...clips.anomalies]).toEqual([]);
  });

  it('becomes bytes as VGGish makes them, or stays as it is', async () => {
    await write('e.csv', 'id,x,y\na,-2.7,0.0157\nb,2,1.99\n');
    await write('labels.csv', labels);
    const bytes = await convert('e.csv', { values: 'quantise', width: '2' });
    expect(bytes.clips.get('a')!.frames).toEqual(Uint8Array.of(0, 128));
    expect(bytes.clips.get('b')!.frames).toEqual(Uint8Array.of(255, 254));
    const floats = await convert('e.csv', { values: 'float32', width: '2', force: true });
    expect(floats.clips.get('a')!.frames).toEqual(Float32Array.of(-2.7, 0.0157));
    expect(floats.report.shape).toEqual({ width: 2, maxFrames: 10, dtype: 'float32' });
  });

  it.each([
    ['no header', '', 'line 1', 'a header', 'nothing'],
    ['no ids', 'x,y\n1,2\n', 'line 1', 'a column id', 'x, y'],
    ["pandas' index", ',id,x,y\n0,a,1,2\n', 'line 1', 'pandas', 'none of column 1'],
    ['another width', 'id,x,y,z\na,1,2,3\n', 'line 1', 'columns of 2 values', '3'],
    ['a line too short', 'id,x,y\na,1,2\nb,1\n', 'line 3', 'as many values as the header, 3', '2'],
    ['text', 'id,x,y\na,1,2\nb,1,two\n', 'line 3, y', 'a number', '"two"'],
    ['a hole', 'id,x,y\na,1,\n', 'line 2, y', 'a number', '""'],
    ['an open quote', 'id,x,y\n"a,1,2\n', 'line 2', 'comma-separated values', 'quote'],
    ['clips of one id', 'id,1,2,3,4\na,1,2,3,4\na,1,2,3,4\n', 'line 3', 'an id of its own', 'a'],
  ])('with %s is refused by file and line', async (_, content, field, expected, received) => {
    await write('e.csv', content);
    await write('labels.csv', labels);
    await expect(convert('e.csv', asBytes)).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      details: {
        file: expect.stringMatching(/e\.csv$/),
        field: expect.stringContaining(field),
        expected: expect.stringContaining(expected),
        received: expect.stringMatching(new RegExp(received, 'i')),
      },
    });
    expect(await left()).toEqual(['e.csv', 'labels.csv']);
  });

  it.each([
    ['a fraction where bytes are said', '1,2.5', 'whole numbers from 0 to 255', '2.5 as value 1 of frame 0'],
    ['more than a byte', '256,2', 'whole numbers from 0 to 255', '256 as value 0 of frame 0'],
  ])('with %s is refused by frame and value', async (_, line, expected, received) => {
    await write('e.csv', `id,x,y\nb,1,2\na,${line}\n`);
    await write('labels.csv', labels);
    await expect(convert('e.csv', asBytes)).rejects.toMatchObject({
      code: 'CLIP_UNUSABLE',
      details: { field: 'line 3', expected, received },
    });
  });

  it('with an id again, apart, is refused', async () => {
    await write('e.csv', 'id,x,y\na,1,2\nb,1,2\na,1,2\n');
    await write('labels.csv', labels);
    await expect(convert('e.csv', asBytes)).rejects.toMatchObject({
      code: 'CLIP_UNUSABLE',
      details: { field: 'id', received: 'a again' },
    });
  });
});

describe('the label file', () => {
  const embeddings = 'id,x,y\na,1,2\nb,3,4\n';
  it.each([
    ['an unknown column', labelFile('id,labels,lable', 'a,dog,'), 'line 1', 'columns id, labels', '"lable"'],
    ['no labels', labelFile('id', 'a'), 'line 1', 'a column labels', 'id'],
    [
      'an id twice',
      labelFile('id,labels', 'a,dog', 'a,cat'),
      'line 3, id',
      'an id of its own',
      'a as in line 2',
    ],
    ['no id', labelFile('id,labels', ',dog'), 'line 2, id', 'an id', 'nothing'],
    [
      'an unknown split',
      labelFile('id,labels,split', 'a,dog,test'),
      'line 2, split',
      'train, eval',
      '"test"',
    ],
    ['a start of text', labelFile('id,labels,start', 'a,dog,soon'), 'line 2, start', 'seconds', '"soon"'],
    [
      'a source with #',
      labelFile('id,labels,source', 'a,dog,x#y'),
      'line 2, source',
      'a name without #',
      '"x#y"',
    ],
  ])('with %s is refused by line and column', async (_, content, field, expected, received) => {
    await write('e.csv', embeddings);
    await write('labels.csv', content);
    await expect(convert('e.csv', asBytes)).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      details: { field, expected: expect.stringContaining(expected), received },
    });
  });

  it('must have a label for each clip, unless it is said what becomes of the others', async () => {
    await write('e.csv', `${embeddings}c,5,6\n`);
    await write('labels.csv', labelFile('id,labels', 'a,dog', 'c,', 'd,cow'));
    await expect(convert('e.csv', asBytes)).rejects.toMatchObject({
      code: 'CLIPS_UNMATCHED',
      details: { field: 'line 3', received: 'no line for b' },
    });
    const skipped = await convert('e.csv', { ...asBytes, unlabelled: 'skip' });
    expect([...skipped.clips.keys()]).toEqual(['a']);
    expect(skipped.report).toMatchObject({ skipped: 2, unused: ['d'] });
    const kept = await convert('e.csv', { ...asBytes, unlabelled: 'keep', force: true });
    expect([...kept.clips.keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(kept.clips.get('b')!.labels).toEqual([]);
  });

  it('keeps the indices of an earlier list, and puts new labels behind them', async () => {
    await write('e.csv', embeddings);
    await write('labels.csv', labelFile('id,labels', 'a,"bark, loud;dog"', 'b,ant'));
    await write('earlier.csv', 'index,mid,display_name\n0,/m/z,"zebra"\n1,/m/dog,"dog"\n');
    const labelList = {
      'label-list': (await convert('e.csv', asBytes)).folder.replace(/out$/, 'earlier.csv'),
    };
    const { report, clips } = await convert('e.csv', { ...asBytes, ...labelList, force: true });
    expect(report.labels.map(({ mid }) => mid)).toEqual(['/m/z', '/m/dog', 'ant', 'bark, loud']);
    expect(clips.get('a')!.labels).toEqual([1, 3]);
  });

  it('says times, where the embeddings do not', async () => {
    await write('e.csv', embeddings);
    await write('labels.csv', labelFile('id,labels,start,end', 'a,dog,10,12.5', 'b,cat,,'));
    const { clips, anomalies } = await convert('e.csv', asBytes);
    expect(clips.get('a')).toMatchObject({ start: 10, end: 12.5 });
    expect(clips.get('b')!.start).toBeNaN();
    expect(anomalies).toEqual([]);
    await write('labels.csv', labelFile('id,labels,start,end', 'a,dog,10,9', 'b,cat,,'));
    await expect(convert('e.csv', { ...asBytes, force: true })).rejects.toMatchObject({
      code: 'CLIP_UNUSABLE',
      details: { received: 'start 10, end 9' },
    });
  });
});
