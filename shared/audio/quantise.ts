/** The principal components that AudioSet's embeddings were published in. */
export interface Components {
  /** `[width, width]` row-major, one component a row. */
  readonly eigenVectors: Float32Array;
  /** `[width]` */
  readonly means: Float32Array;
}

/** Values beyond are cut; between, 256 steps. */
const [lowest, highest] = [-2, 2];

/**
 * Brings VGGish's embeddings to the bytes of AudioSet's and YouTube-8M's: principal components, whitened by the
 * eigenvectors' lengths, cut to -2..2, 255 steps of which the lower end counts.
 *
 * @param embeddings `[n, width]` row-major
 * @returns as many bytes
 */
export function quantise(embeddings: Float32Array, { eigenVectors, means }: Components): Uint8Array {
  const width = means.length;
  const bytes = new Uint8Array(embeddings.length);
  for (let start = 0; start < embeddings.length; start += width) {
    for (let component = 0; component < width; component++) {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        sum += eigenVectors[component * width + i]! * (embeddings[start + i]! - means[i]!);
      }
      const cut = Math.min(highest, Math.max(lowest, sum));
      bytes[start + component] = Math.floor((cut - lowest) * (255 / (highest - lowest)));
    }
  }
  return bytes;
}
