import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { clipTableOf } from '../shared/dataset/clip-rows.ts';
import type { Clip } from '../shared/dataset/clip-table.ts';
import { encodeShard } from '../shared/dataset/shard-format.ts';
import { maskedCrc32c } from '../shared/tfrecord/crc32c.ts';
import { inspectFile } from '../shared/validation/inspect-file.ts';
import { uploadLimits } from '../shared/validation/limits.ts';
import type { BenchResult } from './bench.ts';
import { type IngestFiles, ingestFiles } from './ingest-files.ts';
import { median, secondsOf } from './median.ts';

const rounds = 5;
const shape = { width: 128, maxFrames: 10, dtype: 'uint8' } as const;

/** One thread of TensorFlow: read, check and parse every record. Prints the seconds of each round. */
const tensorflow = `
import os, sys, time
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''
import tensorflow as tf
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)
options = tf.data.Options()
options.threading.private_threadpool_size = 1
options.threading.max_intra_op_parallelism = 1
context = {
    'video_id': tf.io.FixedLenFeature([], tf.string),
    'start_time_seconds': tf.io.FixedLenFeature([], tf.float32),
    'end_time_seconds': tf.io.FixedLenFeature([], tf.float32),
    'labels': tf.io.VarLenFeature(tf.int64),
}
sequence = {'audio_embedding': tf.io.FixedLenSequenceFeature([], tf.string)}
def parse(record):
    parsed, lists = tf.io.parse_single_sequence_example(record, context, sequence)
    return parsed['video_id'], tf.io.decode_raw(lists['audio_embedding'], tf.uint8)
data = tf.data.TFRecordDataset(sys.argv[2:]).map(parse).with_options(options)
for _ in range(int(sys.argv[1]) + 1):
    begin = time.perf_counter()
    clips = data.reduce(0, lambda n, _: n + 1).numpy()
    print(time.perf_counter() - begin, clips)
`;

/** Seconds from TFRecord bytes in memory to shard bytes, one thread, against TensorFlow's and against CRC alone. */
export async function benchIngest(): Promise<BenchResult> {
  const files = await ingestFiles();
  try {
    const records = files.contents.flatMap(recordsOf);
    const bytes = files.contents.reduce((sum, content) => sum + content.length, 0);
    const ours: number[] = [];
    const checksums: number[] = [];
    let clips = 0;
    for (let round = 0; round <= rounds; round++) {
      const seconds = await secondsOf(async () => {
        clips = await ingest(files.contents);
      });
      const crcSeconds = await secondsOf(() =>
        records.reduce((sum, record) => sum ^ maskedCrc32c(record), 0),
      );
      // The first round warms up.
      if (round > 0) {
        ours.push(seconds);
        checksums.push(crcSeconds);
      }
    }
    const seconds = median(ours);
    const rival = tensorflowSeconds(files);
    const ratio = rival === null ? {} : { tensorflow: rival / seconds, best: rival / seconds };
    return {
      bench: 'ingest',
      ratio,
      source: files.source,
      files: files.contents.length,
      clips,
      seconds,
      megabytesPerSecond: bytes / 1e6 / seconds,
      recordsPerSecond: clips / seconds,
      shareOfCrc: median(checksums) / seconds,
      tensorflowSeconds: rival,
    };
  } finally {
    rmSync(files.folder, { recursive: true, force: true });
  }
}

async function ingest(contents: readonly Uint8Array[]): Promise<number> {
  let count = 0;
  for (const [i, content] of contents.entries()) {
    const clips: Clip[] = [];
    for await (const seen of inspectFile(inOnePiece(content), { ...shape, ...uploadLimits }, `${i}`)) {
      if (seen.kind === 'clip') clips.push(seen.clip);
    }
    encodeShard(clipTableOf(clips, shape));
    count += clips.length;
  }
  return count;
}

async function* inOnePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** Payloads, trusting the framing. */
function recordsOf(content: Uint8Array): Uint8Array[] {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const records: Uint8Array[] = [];
  for (let at = 0; at < content.length; ) {
    const length = Number(view.getBigUint64(at, true));
    records.push(content.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  return records;
}

/** Null, with a word, when no Python with TensorFlow is named. */
function tensorflowSeconds({ paths }: IngestFiles): number | null {
  const python = process.env['EARSHOT_ORACLE_PYTHON'];
  if (python === undefined) {
    console.error('EARSHOT_ORACLE_PYTHON names no Python with TensorFlow: no ratio to it');
    return null;
  }
  const output = execFileSync(python, ['-c', tensorflow, String(rounds), ...paths], { encoding: 'utf8' });
  const seconds = output
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[0]));
  return median(seconds.slice(1));
}
