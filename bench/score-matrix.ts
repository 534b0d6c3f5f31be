import type { LabelledClips } from '../shared/metrics/labelled-clips.ts';
import { SeededRandom } from '../shared/random/seeded-random.ts';

/** As AudioSet's evaluation set. */
export const clips = 20_371;
export const labels = 527;

/** Clips of the two labels that a quarter of the clips have; the others have about 60, a few many more. */
const frequent = [5_900, 5_400];
const fewest = 59;

export interface LabelledScores {
  readonly table: LabelledClips;
  /** `[clips, labels]`: 1 for the clip's labels. */
  readonly truth: Uint8Array;
  /** `[clips, labels]` probabilities as a trained model gives them: most far below the prior, mAP about 0.27. */
  readonly trained: Float32Array;
  /** Uniform in [0, 1), whatever the labels. */
  readonly random: Float32Array;
}

export function labelledScores(seed: number): LabelledScores {
  const random = new SeededRandom(seed);
  const truth = new Uint8Array(clips * labels);
  const trained = new Float32Array(clips * labels);
  const uniform = Float32Array.from(trained, () => random.uniform());
  for (let k = 0; k < labels; k++) {
    const positives = frequent[k] ?? Math.min(900, Math.round(fewest * Math.exp(0.6 * random.normal() ** 2)));
    const prior = Math.log(positives / (clips - positives));
    for (let given = 0; given < positives; ) {
      const at = random.below(clips) * labels + k;
      if (truth[at] === 1) continue;
      truth[at] = 1;
      given++;
    }
    for (let at = k; at < truth.length; at += labels) {
      const logit = prior - 2 + (truth[at] === 1 ? 3.8 : 0) + 1.8 * random.normal();
      trained[at] = 1 / (1 + Math.exp(-logit));
    }
  }
  return { table: tableOf(truth), truth, trained, random: uniform };
}

function tableOf(truth: Uint8Array): LabelledClips {
  const labelOffsets = new Uint32Array(clips + 1);
  const indices: number[] = [];
  for (let i = 0; i < clips; i++) {
    for (let k = 0; k < labels; k++) if (truth[i * labels + k] === 1) indices.push(k);
    labelOffsets[i + 1] = indices.length;
  }
  return { clips, labelOffsets, labelIndices: Uint16Array.from(indices) };
}
