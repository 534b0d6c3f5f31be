import * as fc from 'fast-check';
import type { LabelledClips } from '../../../shared/metrics/labelled-clips.ts';

/** Clips with the labels listed for each. */
export function labelled(labels: readonly (readonly number[])[]): LabelledClips {
  const labelOffsets = new Uint32Array(labels.length + 1);
  for (const [i, list] of labels.entries()) labelOffsets[i + 1] = labelOffsets[i]! + list.length;
  return { clips: labels.length, labelOffsets, labelIndices: Uint16Array.from(labels.flat()) };
}

/** Clips with three labels and their scores: few distinct values, of both signs and far apart, so that many tie. */
export const threeLabels = 3;
const values = [-3e38, -2, -1e-40, -0, 0, 1e-40, 0.1, 0.10000001, 0.5, 7e20];
export const scoredClips = fc.array(
  fc.record({
    labels: fc.subarray([0, 1, 2]),
    scores: fc.array(fc.constantFrom(...values), { minLength: threeLabels, maxLength: threeLabels }),
  }),
  { minLength: 1, maxLength: 40 },
);

export interface ScoredClip {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

export const tableOf = (clips: readonly ScoredClip[]) => labelled(clips.map(({ labels }) => labels));
export const matrixOf = (clips: readonly ScoredClip[]) =>
  Float32Array.from(clips.flatMap(({ scores }) => scores));
