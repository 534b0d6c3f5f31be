import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clipOfRow } from '../../shared/dataset/clip-rows.ts';
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
  const labelled = table.frameCounts.findIndex(
    (_, row) => table.labelOffsets[row + 1]! > table.labelOffsets[row]!,
  );
  const clip = clipOfRow(table, Math.max(labelled, 0));
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
