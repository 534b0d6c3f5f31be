import { loadavg } from 'node:os';
import { ClipColumns } from '../shared/dataset/clip-columns.ts';
import { rowsById, shardOfRows } from '../shared/dataset/shard-of-rows.ts';
import { clipsPerShard } from '../shared/dataset/write-shards.ts';
import { maskedCrc32c } from '../shared/tfrecord/crc32c.ts';
import type { ClipSink } from '../shared/validation/clip-scanner.ts';
import { inspectClips } from '../shared/validation/inspect-clips.ts';
import { uploadLimits } from '../shared/validation/limits.ts';
import { ReceiptBuilder } from '../shared/validation/receipt-builder.ts';
import type { BenchResult } from './bench.ts';
import { ingestFiles, payloadSpans } from './ingest-files.ts';
import { median, secondsOf } from './median.ts';
import { keepToOneCore } from './one-core.ts';
import { startTensorflow, tensorflowWays } from './tensorflow-ingest.ts';

/** What other work on the machine takes from a round, it takes from all ways alike: they take turns. */
const rounds = 7;
const shape = { width: 128, maxFrames: 10, dtype: 'uint8' } as const;
const rules = { ...shape, ...uploadLimits };

/**
 * Seconds from TFRecord bytes in memory to receipts and shards, one thread, against TensorFlow, which only parses, and
 * against the checksums alone. `oneFile`: the same records as one large file.
 */
export async function benchIngest(): Promise<BenchResult> {
  const oneCore = keepToOneCore();
  const files = await ingestFiles();
  const rival = startTensorflow(files);
  try {
    const spans = files.contents.map(payloadSpans);
    const ways: Record<string, () => Promise<number>> = {
      ours: () => secondsOf(() => ingestAll(files.contents, files.clips)),
      oneFile: () => secondsOf(() => ingestAll([files.oneContent], files.clips)),
      crc: () =>
        secondsOf(() => files.contents.reduce((sum, file, i) => sum ^ checksums(file, spans[i]!), 0)),
    };
    if (rival !== null) for (const way of tensorflowWays) ways[way] = () => rival.seconds(way);
    const taken = Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]));
    for (let round = 0; round <= rounds; round++) {
      for (const [name, way] of Object.entries(ways)) {
        const seconds = await way();
        // The first round warms up.
        if (round > 0) taken[name]!.push(seconds);
      }
    }
    const medians = Object.fromEntries(Object.entries(taken).map(([name, all]) => [name, median(all)]));
    const result = {
      bench: 'ingest',
      ratio: ratios(medians),
      source: files.source,
      files: files.contents.length,
      clips: files.clips,
      rounds,
      oneCore,
      load: loadavg()[0],
      megabytesPerSecond: files.oneContent.length / 1e6 / medians['ours']!,
      recordsPerSecond: files.clips / medians['ours']!,
      microsecondsPerRecord: (medians['ours']! / files.clips) * 1e6,
      shareOfCrc: medians['crc']! / medians['ours']!,
      seconds: medians,
    };
    console.log(inWords(result));
    return result;
  } finally {
    await rival?.close();
    files.remove();
  }
}

interface Speeds {
  readonly megabytesPerSecond: number;
  readonly recordsPerSecond: number;
  readonly shareOfCrc: number;
  readonly ratio: Readonly<Record<string, number>>;
}

function inWords({ megabytesPerSecond, recordsPerSecond, shareOfCrc, ratio }: Speeds): string {
  const speeds = `${megabytesPerSecond.toFixed(0)} MB/s, ${recordsPerSecond.toFixed(0)} records/s`;
  const times = Object.entries(ratio).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  const share = `${(100 * shareOfCrc).toFixed(0)} % of the time goes to the checksums`;
  return [speeds, share, `times as fast as: ${times.join(', ') || 'TensorFlow is not there'}`].join('; ');
}

function ratios(seconds: Readonly<Record<string, number>>): Record<string, number> {
  const { ours, oneFile, single, batched } = seconds;
  if (single === undefined || batched === undefined) return {};
  return {
    tensorflow: single / ours!,
    'tensorflow-batched': batched / ours!,
    'one-file-tensorflow': seconds['one-file-single']! / oneFile!,
    'one-file-tensorflow-batched': seconds['one-file-batched']! / oneFile!,
    best: Math.min(single, batched) / ours!,
  };
}

/** Validates and shards each file in one pass over its bytes. */
async function ingestAll(contents: readonly Uint8Array[], expected: number): Promise<void> {
  let clips = 0;
  for (const [i, content] of contents.entries()) {
    const receipt = new ReceiptBuilder();
    const columns = new ClipColumns(shape);
    const sink: ClipSink = {
      clip: (view, warnings, record, offset, length) => {
        receipt.addClip(record, offset, length, view.labelCount, warnings);
        columns.clip(view);
      },
      bad: (payload, anomalies) => receipt.addBad(payload, anomalies),
    };
    await inspectClips(inOnePiece(content), rules, `${i}`, sink);
    const rows = rowsById(columns);
    const most = clipsPerShard(shape);
    for (let start = 0; start < rows.length; start += most) {
      clips += shardOfRows(columns, rows.subarray(start, start + most)).clips;
    }
  }
  if (clips !== expected) throw new Error(`${expected} clips expected, received ${clips}`);
}

async function* inOnePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function checksums(content: Uint8Array, spans: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < spans.length; i += 2) sum ^= maskedCrc32c(content, spans[i]!, spans[i + 1]!);
  return sum;
}
