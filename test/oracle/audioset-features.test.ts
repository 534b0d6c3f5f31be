import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultDatasetConfig } from '../../shared/dataset/dataset-config.ts';
import { inspectFile } from '../../shared/validation/inspect-file.ts';
import { uploadLimits } from '../../shared/validation/limits.ts';
import { streamOf } from '../fixtures/stream-of.ts';
import { realAudioSet } from './briefing.ts';
import { oraclePython, runPython } from './oracle-python.ts';

/** Every clip as TensorFlow reads and parses it: start, end, labels, frames, digest of the frames' bytes. */
const byTensorFlow = `
import glob, hashlib, json, os, sys
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
scalar = lambda dtype: tf.io.FixedLenFeature([], dtype)
context = {'video_id': scalar(tf.string), 'labels': tf.io.VarLenFeature(tf.int64),
           'start_time_seconds': scalar(tf.float32), 'end_time_seconds': scalar(tf.float32)}
sequence = {'audio_embedding': tf.io.FixedLenSequenceFeature([], tf.string)}
def parse(record):
    c, s = tf.io.parse_single_sequence_example(record, context, sequence)
    return (c['video_id'], c['start_time_seconds'], c['end_time_seconds'], tf.sparse.to_dense(c['labels']),
            s['audio_embedding'])
files = sorted(glob.glob(sys.argv[1] + '/*.tfrecord'))
clips = {}
for id, start, end, labels, frames in tf.data.TFRecordDataset(files).map(parse).as_numpy_iterator():
    digest = hashlib.sha256(b''.join(frames.tolist())).hexdigest()
    assert id.decode() not in clips
    clips[id.decode()] = [float(start), float(end), sorted(labels.tolist()), len(frames), digest]
print(json.dumps(clips))
`;

type ClipFacts = [start: number, end: number, labels: readonly number[], frames: number, digest: string];

async function read(folder: string): Promise<{ clips: Map<string, ClipFacts>; anomalies: string[] }> {
  const clips = new Map<string, ClipFacts>();
  const anomalies: string[] = [];
  const rules = { ...defaultDatasetConfig, ...uploadLimits };
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(path.join(folder, name));
    for await (const seen of inspectFile(streamOf(bytes, 65_536), rules, name)) {
      anomalies.push(...seen.anomalies.map(({ code, record }) => `${name} ${record} ${code}`));
      if (seen.kind !== 'clip') continue;
      const { id, start, end, labels, frameCount, frames } = seen.clip;
      const digest = createHash('sha256').update(frames).digest('hex');
      expect(clips.has(id)).toBe(false);
      clips.set(id, [start, end, labels, frameCount, digest]);
    }
  }
  return { clips, anomalies };
}

describe.skipIf(realAudioSet === null)("Google's AudioSet features", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'earshot-audioset-'));
    for (const archive of [realAudioSet!.train, realAudioSet!.eval]) {
      execFileSync('tar', ['-xf', archive, '-C', folder]);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['bal_train', 4070, 22_160, 52_882],
    ['eval', 2012, 9992, 25_531],
  ])('%s have no anomaly of any kind', async (name, files, clips, labels) => {
    expect(readdirSync(path.join(folder, name))).toHaveLength(files);
    const found = await read(path.join(folder, name));
    expect(found.anomalies).toEqual([]);
    expect(found.clips.size).toBe(clips);
    expect([...found.clips.values()].reduce((sum, clip) => sum + clip[2].length, 0)).toBe(labels);
  });

  it.skipIf(oraclePython === undefined).each(['bal_train', 'eval'])(
    '%s have the ids, times, labels and frames that TensorFlow reads',
    async (name) => {
      const { clips } = await read(path.join(folder, name));
      expect(Object.fromEntries(clips)).toEqual(runPython(byTensorFlow, path.join(folder, name)));
    },
  );
});
