import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convert } from '../../infra/commands/convert/convert-command.ts';
import { parseConvertOptions } from '../../infra/commands/convert/convert-options.ts';
import { readConverted } from '../fixtures/converted.ts';
import { oraclePython, runPython } from './oracle-python.ts';

/** Files of embeddings as numpy and pandas write them, of the same 60 clips of up to 10 frames, and their labels. */
const writeFiles = `
import json, sys
import numpy as np, pandas as pd
folder = sys.argv[1]
rng = np.random.default_rng(5)
n, t, w = 60, 10, 128
raw = rng.normal(0, 1.5, (n, t, w)).astype(np.float32)
# As AudioSet's released postprocessor has it (vggish_postprocess.py).
clipped = np.clip(raw, -2.0, 2.0)
quantised = ((clipped - -2.0) * (255.0 / (2.0 - -2.0))).astype(np.uint8)
lengths = rng.integers(1, t + 1, n)
ids = np.array([f'clip é {i}' if i % 7 == 0 else f'clip {i}' for i in range(n)])
starts = rng.integers(0, 500, n)
ragged = np.concatenate([quantised[i, :lengths[i]] for i in range(n)])
beside = dict(ids=ids, lengths=lengths, starts=starts)
np.savez(f'{folder}/plain.npz', embeddings=quantised, **beside)
np.savez_compressed(f'{folder}/packed.npz', embeddings=quantised, **beside)
np.savez_compressed(f'{folder}/ragged.npz', embeddings=ragged, **beside)
np.savez(f'{folder}/raw.npz', embeddings=raw, **beside)
np.savez(f'{folder}/doubles.npz', embeddings=quantised.astype('>f8'), **beside)
np.savez(f'{folder}/halves.npz', embeddings=quantised.astype('<f2'), **beside)
np.savez(f'{folder}/longs.npz', embeddings=quantised.astype('i8'), **beside)
rows = [i for i in range(n) for _ in range(lengths[i])]
frame = pd.DataFrame(ragged)
frame.insert(0, 'id', ids[rows])
frame.insert(1, 'start', starts[rows])
frame.to_csv(f'{folder}/frames.csv', index=False)
exact = pd.DataFrame(np.concatenate([raw[i, :lengths[i]] for i in range(n)]))
exact.insert(0, 'id', ids[rows])
exact.insert(1, 'start', starts[rows])
exact.to_csv(f'{folder}/raw.csv', index=False)
names = ['ä, b', 'dog', 'cat']
labels = [';'.join(sorted({names[i % 3], names[i // 3 % 3]})) for i in range(n)]
pd.DataFrame(dict(id=ids, labels=labels)).to_csv(f'{folder}/labels.csv', index=False)
np.save(f'{folder}/fortran.npy', np.asfortranarray(quantised))
np.save(f'{folder}/objects.npy', np.array([[1, 2], None], dtype=object), allow_pickle=True)
want = {str(ids[i]): [int(starts[i]), float(starts[i] + lengths[i]), labels[i].split(';'),
        quantised[i, :lengths[i]].tobytes().hex()] for i in range(n)}
print(json.dumps(want))
`;

/** Clips of a folder as TensorFlow's own parser sees them: start, end, label indices, bytes of the frames. */
const readByTensorFlow = `
import glob, json, os, sys
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
context = {'video_id': tf.io.FixedLenFeature([], tf.string),
           'start_time_seconds': tf.io.FixedLenFeature([], tf.float32),
           'end_time_seconds': tf.io.FixedLenFeature([], tf.float32),
           'labels': tf.io.VarLenFeature(tf.int64)}
sequence = {'audio_embedding': tf.io.FixedLenSequenceFeature([], tf.string)}
found = {}
for record in tf.data.TFRecordDataset(sorted(glob.glob(sys.argv[1] + '/*/*.tfrecord'))):
    c, s = tf.io.parse_single_sequence_example(record, context, sequence)
    frames = tf.io.decode_raw(s['audio_embedding'], tf.uint8).numpy()
    assert frames.shape[1] == 128
    found[c['video_id'].numpy().decode()] = [float(c['start_time_seconds']), float(c['end_time_seconds']),
        tf.sparse.to_dense(c['labels']).numpy().tolist(), frames.tobytes().hex()]
print(json.dumps(found))
`;

type Clips = Record<string, [start: number, end: number, labels: unknown[], frames: string]>;

describe.skipIf(oraclePython === undefined)('what numpy and pandas wrote, converted', () => {
  let folder: string;
  let wanted: Clips;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'earshot-arrays-'));
    wanted = runPython(writeFiles, folder) as Clips;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const converted = (file: string, options: object = {}) =>
    convert(
      parseConvertOptions({
        embeddings: [path.join(folder, file)],
        labels: path.join(folder, 'labels.csv'),
        output: path.join(folder, `of-${file}`),
        ...options,
      }),
    );

  it.each([
    ['plain.npz', {}],
    ['packed.npz', {}],
    ['ragged.npz', {}],
    ['raw.npz', { values: 'quantise' }],
    ['doubles.npz', { values: 'bytes' }],
    ['halves.npz', { values: 'bytes' }],
    ['longs.npz', {}],
    ['frames.csv', { values: 'bytes' }],
    ['raw.csv', { values: 'quantise' }],
  ])('from %s, is to the pipeline what it was to them, with no anomaly', async (file, options) => {
    const { output, shape, labels } = await converted(file, options);
    const names = labels.map(({ displayName }) => displayName);
    expect(names).toEqual(['cat', 'dog', 'ä, b']);
    const { clips, anomalies } = await readConverted(output, shape);
    expect(anomalies).toEqual([]);
    const ours = Array.from(clips, ([id, clip]) => [
      id,
      [
        clip.start,
        clip.end,
        clip.labels.map((label) => names[label]),
        Buffer.from(clip.frames).toString('hex'),
      ],
    ]);
    const theirs = Object.fromEntries(
      Object.entries(wanted).map(([id, [start, end, own, frames]]) => [
        id,
        [start, end, names.filter((name) => own.includes(name)), frames],
      ]),
    );
    expect(Object.fromEntries(ours)).toEqual(theirs);
  });

  it("is read by TensorFlow's own parser as by ours", async () => {
    const { output, labels } = await converted('plain.npz', { output: path.join(folder, 'for-tensorflow') });
    expect(readdirSync(path.join(output, 'train'))).toEqual(['for-tensorflow-00000.tfrecord']);
    const read = runPython(readByTensorFlow, output) as Clips;
    const names = labels.map(({ displayName }) => displayName);
    const named = Object.entries(read).map(([id, [start, end, indices, frames]]) => [
      id,
      [start, end, indices.map((index) => names[index as number]).sort(), frames],
    ]);
    expect(Object.fromEntries(named)).toEqual(
      Object.fromEntries(
        Object.entries(wanted).map(([id, [s, e, own, f]]) => [id, [s, e, [...own].sort(), f]]),
      ),
    );
  });

  it.each([
    ['fortran.npy', 'Fortran order'],
    ['objects.npy', 'Python objects'],
  ])('of %s is refused', async (file, received) => {
    await expect(converted(file, { values: 'bytes' })).rejects.toMatchObject({
      code: 'ARRAY_UNUSABLE',
      details: { file: path.join(folder, file), received: expect.stringContaining(received) },
    });
  });
});
