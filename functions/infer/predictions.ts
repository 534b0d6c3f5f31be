import type { Label } from '../../shared/dataset/label-list.ts';

/** MAX-Audio-Classifier's field names, for drop-in use. */
export interface Prediction {
  /** The label's `mid`. */
  readonly label_id: string;
  readonly label: string;
  readonly probability: number;
}

/** The `topK` most probable labels, most probable first; equal ones in the order of the label list. */
export function topPredictions(
  probabilities: Float32Array,
  labels: readonly Label[],
  topK: number,
): Prediction[] {
  return labels
    .map(({ mid, displayName }, i) => ({ label_id: mid, label: displayName, probability: probabilities[i]! }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, topK);
}
