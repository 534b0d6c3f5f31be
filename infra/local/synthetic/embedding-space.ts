import type { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { eventAmplitude, meanActivations } from './sound-events.ts';
import { syntheticLabels } from './synthetic-labels.ts';

export const width = 128;

/** What the sounds of one synthetic set look like as embeddings; another seed gives another space. */
export interface EmbeddingSpace {
  /** `[width]` in uint8 units: mean of the latent value, before it is cut to 0..255, where no event sounds. */
  readonly backgroundMean: Float64Array;
  /** `[width]` in uint8 units: standard deviation of the latent value, events included. */
  readonly scale: Float64Array;
  /** `[labels * width]`, orthonormal rows: what is a label's own in its sound. */
  readonly directions: Float64Array;
  /** `[labels * width]`, rows of length 1: the whole sound, 0.7 parent and 0.7 own for a child. */
  readonly templates: Float64Array;
  /** `[width]`: the frame that digital silence gives. */
  readonly silence: Uint8Array;
}

/** Share of the parent's template in the child's; 0.51 of the energy then is the child's own. */
const parentShare = 0.7;
export const ownShare = Math.sqrt(1 - parentShare ** 2);

/**
 * The per-dimension statistics are a closed form fitted to the released AudioSet embeddings: means
 * 126.5 ± 18 in the first 16 dimensions and ± 7.5 behind them, within 86..166; latent scale
 * 36 + 14 ln(d + 1) within ± 6; a silent frame within ± 60 of the middle, falling to ± 14.
 */
export function createEmbeddingSpace(random: SeededRandom): EmbeddingSpace {
  const backgroundMean = new Float64Array(width);
  const scale = new Float64Array(width);
  const silence = new Uint8Array(width);
  for (let d = 0; d < width; d++) {
    const spread = d < 16 ? 18 : 7.5;
    backgroundMean[d] = Math.min(166, Math.max(86, 126.5 + spread * random.normal()));
    scale[d] = 36 + 14 * Math.log(d + 1);
    silence[d] = cutToByte(126.5 + (14 + 46 * Math.exp(-d / 20)) * random.normal());
  }
  const directions = orthonormalRows(syntheticLabels.length, random);
  const templates = templatesOf(directions);
  for (const [label, activation] of meanActivations.entries()) {
    for (let d = 0; d < width; d++) {
      backgroundMean[d]! -= scale[d]! * eventAmplitude * activation * templates[label * width + d]!;
    }
  }
  return { backgroundMean, scale, directions, templates, silence };
}

/** `floor` of the value cut to 0..255, as the released embeddings were quantised from [-2, 2]. */
export const cutToByte = (value: number) => Math.floor(Math.min(255, Math.max(0, value)));

function templatesOf(directions: Float64Array): Float64Array {
  const templates = directions.slice();
  for (const { index, parent } of syntheticLabels) {
    if (parent === null) continue;
    for (let d = 0; d < width; d++) {
      templates[index * width + d] =
        parentShare * templates[parent * width + d]! + ownShare * directions[index * width + d]!;
    }
  }
  return templates;
}

/** Gram-Schmidt on normal vectors; done twice, which keeps the rows orthogonal to rounding. */
function orthonormalRows(rows: number, random: SeededRandom): Float64Array {
  const matrix = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const current = matrix.subarray(row * width, (row + 1) * width);
    for (let d = 0; d < width; d++) current[d] = random.normal();
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < row; other++) {
        const earlier = matrix.subarray(other * width, (other + 1) * width);
        const overlap = dot(current, earlier);
        for (let d = 0; d < width; d++) current[d]! -= overlap * earlier[d]!;
      }
      const length = Math.sqrt(dot(current, current));
      for (let d = 0; d < width; d++) current[d]! /= length;
    }
  }
  return matrix;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);
