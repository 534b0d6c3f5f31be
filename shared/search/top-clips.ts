/** For each label the clips that have it most: `[labels, depth]`, most probable first, equal ones in row order. */
export interface TopClips {
  readonly labels: number;
  /** Clips a label. */
  readonly depth: number;
  readonly rows: Uint32Array;
  readonly probabilities: Float32Array;
}

/**
 * The `depth` most probable clips of each label, or all where there are fewer.
 * @param scores probabilities `[clips, labels]`, no NaN
 */
export function topClips(scores: Float32Array, labels: number, mostDepth: number): TopClips {
  const clips = scores.length / labels;
  const depth = Math.min(mostDepth, clips);
  const rows = new Uint32Array(labels * depth);
  // Below every probability, so that the first clips go in whatever they have.
  const probabilities = new Float32Array(labels * depth).fill(-1);
  // Clip by clip, as the scores lie in memory; few of them are among the first of a label.
  for (let row = 0; row < clips; row++) {
    for (let label = 0; label < labels; label++) {
      const probability = scores[row * labels + label]!;
      const first = label * depth;
      let at = first + depth - 1;
      if (probability <= probabilities[at]!) continue;
      for (; at > first && probability > probabilities[at - 1]!; at--) {
        probabilities[at] = probabilities[at - 1]!;
        rows[at] = rows[at - 1]!;
      }
      probabilities[at] = probability;
      rows[at] = row;
    }
  }
  return { labels, depth, rows, probabilities };
}
