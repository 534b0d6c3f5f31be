import type { ClipTable } from '../dataset/clip-table.ts';
import { heldClips, isStreamed } from '../dataset/streamed-clips.ts';
import type { InputFacts } from '../model/initial-weights.ts';
import { type Preprocessing, preprocess } from '../model/preprocessing.ts';
import { framesOf } from './batch.ts';

/** Enough for the mean and deviation of a value. */
const mostSampled = 20_000;

/** `trainingFacts`; of streamed clips, mean and deviation are those of their first blocks. */
export async function factsOf(
  table: ClipTable,
  rows: Uint32Array,
  labels: number,
  preprocessing: Preprocessing,
): Promise<InputFacts> {
  if (!isStreamed(table)) return trainingFacts(table, rows, labels, preprocessing);
  const sample = await heldClips(table, rows.subarray(0, mostSampled));
  const every = Uint32Array.from({ length: sample.clips }, (_, row) => row);
  const facts = trainingFacts(sample, every, labels, preprocessing);
  return { ...facts, priors: labelPriors(table, rows, labels) };
}

/**
 * What the training clips say before training: how frequent each label is, mean and deviation of the time mean of each
 * embedding value, and the deviation of the value itself.
 */
export function trainingFacts(
  table: ClipTable,
  rows: Uint32Array,
  labels: number,
  preprocessing: Preprocessing,
): InputFacts {
  const { width } = table;
  const sum = new Float64Array(width);
  const squares = new Float64Array(width);
  const frameSum = new Float64Array(width);
  const frameSquares = new Float64Array(width);
  let frameCount = 0;
  const frames = new Float32Array(table.maxFrames * width);
  for (const row of rows) {
    preprocess(preprocessing, framesOf(table, row), frames, 0);
    const time = table.frameCounts[row]!;
    frameCount += time;
    for (let k = 0; k < width; k++) {
      let total = 0;
      for (let t = 0; t < time; t++) {
        const value = frames[t * width + k]!;
        total += value;
        frameSquares[k]! += value * value;
      }
      frameSum[k]! += total;
      const mean = total / time;
      sum[k]! += mean;
      squares[k]! += mean * mean;
    }
  }
  const clips = rows.length;
  const mean = Float32Array.from(sum, (total) => total / clips);
  const deviation = deviations(sum, squares, clips);
  const frameDeviation = deviations(frameSum, frameSquares, frameCount);
  return { priors: labelPriors(table, rows, labels), mean, deviation, frameDeviation };
}

/** Of values of which number, sum and sum of squares are known. */
function deviations(sum: Float64Array, squares: Float64Array, count: number): Float32Array {
  return Float32Array.from(squares, (total, k) => {
    const variance = total / count - (sum[k]! / count) ** 2;
    // A value that never changes carries nothing; 1 leaves it at zero.
    return variance > 1e-12 ? Math.sqrt(variance) : 1;
  });
}

/** How frequent each label is among some clips, in (0, 1). */
export function labelPriors(
  table: Pick<ClipTable, 'labelOffsets' | 'labelIndices'>,
  rows: Uint32Array,
  labels: number,
): Float32Array {
  const counts = new Float64Array(labels);
  for (const row of rows) {
    for (let at = table.labelOffsets[row]!; at < table.labelOffsets[row + 1]!; at++) {
      counts[table.labelIndices[at]!]!++;
    }
  }
  // Half a clip on either side keeps the logit finite for labels that no clip or every clip has.
  return Float32Array.from(counts, (count) => (count + 0.5) / (rows.length + 1));
}
