import * as z from 'zod';

/**
 * How stored embedding values become the model's input: `(x - offset) · scale`. Recorded in the saved
 * model, because a model is right only on values treated as in training.
 */
export const preprocessingSchema = z.strictObject({
  dtype: z.enum(['uint8', 'float32']),
  offset: z.number(),
  scale: z.number().gt(0),
});

export type Preprocessing = z.infer<typeof preprocessingSchema>;

/** (x - 128) / 128, in [-1, 1): the reference's treatment of AudioSet's quantised embeddings (not VGGish's own). */
const quantised: Preprocessing = { dtype: 'uint8', offset: 128, scale: 1 / 128 };
const asTheyAre: Preprocessing = { dtype: 'float32', offset: 0, scale: 1 };

/** The treatment of a dataset with frames of this type. */
export function preprocessingOf(frames: Uint8Array | Float32Array): Preprocessing {
  return frames instanceof Uint8Array ? quantised : asTheyAre;
}

/** Writes `source`, preprocessed, to `target` from `at` on. */
export function preprocess(
  { offset, scale }: Preprocessing,
  source: Uint8Array | Float32Array,
  target: Float32Array,
  at: number,
): void {
  for (let i = 0; i < source.length; i++) target[at + i] = (source[i]! - offset) * scale;
}
