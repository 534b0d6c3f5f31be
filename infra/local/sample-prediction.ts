import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clip, ClipTable } from '../../shared/dataset/clip-table.ts';
import type { Snapshot } from '../../shared/dataset/documents.ts';
import { readShard } from '../../shared/dataset/read-shards.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { frameRecord } from '../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../shared/validation/clip-to-sequence-example.ts';

/** One eval clip, asked for over HTTP as any caller would. */
export interface SamplePrediction {
  readonly clip: string;
  readonly truth: readonly string[];
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
  readonly curl: string;
}

/**
 * Writes the first eval clip with a label beside the state, sends it to the prediction URL and checks the answer.
 * @throws RUN_FAILED when the answer is not 200
 */
export async function samplePrediction(
  store: ObjectStore,
  snapshot: Snapshot,
  url: string,
  stateFolder: string,
): Promise<SamplePrediction> {
  const table = await readShard(store, snapshot.splits.eval.shards[0]!.key);
  const row = table.frameCounts.findIndex((_, i) => labelsOf(table, i).length > 0);
  const clip = clipAt(table, Math.max(row, 0));
  const file = path.join(stateFolder, 'sample.tfrecord');
  const body = frameRecord(clipToSequenceExample(clip));
  await writeFile(file, body);

  const type = 'application/octet-stream';
  const response = await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': type }, body });
  const answer = (await response.json()) as { clips?: { predictions: SamplePrediction['predictions'] }[] };
  const predictions = answer.clips?.[0]?.predictions;
  if (!response.ok || predictions === undefined) {
    throw new EarshotError('RUN_FAILED', {
      field: 'POST /predict',
      expected: '200 with predictions',
      received: `${response.status} ${JSON.stringify(answer).slice(0, 300)}`,
    });
  }
  const shown = path.relative(process.cwd(), file);
  return {
    clip: clip.id,
    truth: clip.labels.map((label) => snapshot.labels[label]!.displayName),
    predictions,
    curl: `curl -s -H 'content-type: ${type}' --data-binary @${shown} ${url}/predict`,
  };
}

function clipAt(table: ClipTable, row: number): Clip {
  const { width, maxFrames } = table;
  const frameCount = table.frameCounts[row]!;
  const first = row * maxFrames * width;
  return {
    id: table.ids[row]!,
    start: table.starts[row]!,
    end: table.ends[row]!,
    labels: [...labelsOf(table, row)],
    frameCount,
    frames: table.frames.slice(first, first + frameCount * width),
  };
}

const labelsOf = ({ labelIndices, labelOffsets }: ClipTable, row: number) =>
  labelIndices.subarray(labelOffsets[row]!, labelOffsets[row + 1]!);
