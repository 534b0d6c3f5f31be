import { ClipColumns } from '../shared/dataset/clip-columns.ts';
import type { ShardReference, Snapshot } from '../shared/dataset/documents.ts';
import { runKeys, snapshotKey } from '../shared/dataset/keys.ts';
import { audiosetLabels } from '../shared/dataset/label-list.ts';
import { rowsById, shardOfRows } from '../shared/dataset/shard-of-rows.ts';
import { clipsPerShard, writeSealedShard, writeShard } from '../shared/dataset/write-shards.ts';
import { SeededRandom } from '../shared/random/seeded-random.ts';
import type { RunJob } from '../shared/runs/documents.ts';
import { writeJson } from '../shared/storage/json-objects.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import { trainingSettingsSchema } from '../shared/training/settings.ts';
import { inspectClips } from '../shared/validation/inspect-clips.ts';
import { uploadLimits } from '../shared/validation/limits.ts';
import { ingestFiles } from './ingest-files.ts';

const shape = { width: 128, maxFrames: 10, dtype: 'uint8' } as const;

/** Puts AudioSet's balanced training set, or the synthetic one, and a run on it. */
export async function putAudioset(store: ObjectStore, run: string, training: object) {
  const files = await ingestFiles();
  try {
    const columns = new ClipColumns(shape);
    for (const [i, content] of files.contents.entries()) {
      await inspectClips(inOnePiece(content), { ...shape, ...uploadLimits }, `${i}`, columns);
    }
    const rows = rowsById(columns);
    const shards: ShardReference[] = [];
    for (let first = 0; first < rows.length; first += clipsPerShard(shape)) {
      const some = rows.subarray(first, first + clipsPerShard(shape));
      shards.push(await writeSealedShard(store, run, 'train', shardOfRows(columns, some)));
    }
    await putRun(store, run, training, shards);
    return { source: files.source, clips: rows.length };
  } finally {
    files.remove();
  }
}

async function* inOnePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** Puts a set of random clips with two labels each, and a run on it; one shard at a time is in memory. */
export async function putSynthetic(
  store: ObjectStore,
  run: string,
  training: object,
  clips: number,
): Promise<void> {
  const shards: ShardReference[] = [];
  for (let first = 0; first < clips; first += clipsPerShard(shape)) {
    const table = randomClips(first, Math.min(clipsPerShard(shape), clips - first));
    shards.push(await writeShard(store, run, 'train', table));
  }
  await putRun(store, run, training, shards);
}

function randomClips(first: number, clips: number) {
  const random = new SeededRandom(1, first);
  const words = new Uint32Array((clips * shape.maxFrames * shape.width) / 4);
  random.fill(words);
  const labelIndices = new Uint16Array(2 * clips);
  for (let i = 0; i < clips; i++) {
    const label = random.below(audiosetLabels.length - 1);
    labelIndices.set([label, label + 1], 2 * i);
  }
  return {
    clips,
    width: shape.width,
    maxFrames: shape.maxFrames,
    frames: new Uint8Array(words.buffer),
    frameCounts: new Uint16Array(clips).fill(shape.maxFrames),
    labelOffsets: Uint32Array.from({ length: clips + 1 }, (_, i) => 2 * i),
    labelIndices,
    ids: Array.from({ length: clips }, (_, i) => String(first + i).padStart(11, '0')),
    starts: new Float32Array(clips),
    ends: new Float32Array(clips).fill(10),
  };
}

/** Measured is memory, not the model: the last shard, whose clips are trained on too, does as eval. */
async function putRun(
  store: ObjectStore,
  run: string,
  training: object,
  train: readonly ShardReference[],
): Promise<void> {
  const splitOf = (shards: readonly ShardReference[]) => ({
    clips: shards.reduce((sum, shard) => sum + shard.clips, 0),
    labels: shards.reduce((sum, shard) => sum + shard.labels, 0),
    shards: [...shards],
  });
  const snapshot: Snapshot = {
    format: 'earshot-snapshot',
    version: 1,
    dataset: run,
    shape,
    rules: { evalShare: null, policy: {} },
    labels: [...audiosetLabels],
    splits: { train: splitOf(train), eval: splitOf(train.slice(-1)) },
    sources: { files: 1, quarantinedFiles: 0, quarantinedRecords: 0 },
    anomalyCounts: {},
    excluded: [],
  };
  const key = snapshotKey(run, 'bench');
  await writeJson(store, key, snapshot);
  const request = { dataset: run, training: trainingSettingsSchema.parse(training) };
  const job: RunJob = { run, request, snapshot: key, attempt: 1, jobRun: run, step: 0, fruitless: 0 };
  await writeJson(store, runKeys(run).job, job);
}
