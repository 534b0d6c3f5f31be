import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { foldNormalisation } from '../../../shared/model/fold.ts';
import { modelSpecSchema } from '../../../shared/model/model-spec.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import { asStored } from '../../../shared/model/stored-weights.ts';
import type { Weight } from '../../../shared/model/weights.ts';
import { scoreRows } from '../../../shared/training/evaluate.ts';
import { type StoreOptions, storeWeights } from '../../../shared/training/store-weights.ts';
import { largestDifference, trainedLooking } from '../model/small-models.ts';
import { toneClips } from './tone-clips.ts';

const table = toneClips({ clips: 60 });
const spec = modelSpecSchema.parse({
  model: { head: 'feature-attention', hidden: 12 },
  ...{ labels: 4, width: 8, maxFrames: 3 },
});

async function optionsOf(change?: (weights: Map<string, Weight>) => void): Promise<StoreOptions> {
  const { tf } = await openEngine('wasm');
  const folded = foldNormalisation(spec, trainedLooking(spec));
  change?.(folded.weights);
  const rows = Uint32Array.from({ length: 40 }, (_, row) => row);
  const preprocessing = preprocessingOf(table.frames);
  return { tf, ...folded, preprocessing, wanted: 'float16', table, rows, split: 'validation' };
}

describe('a finished model', () => {
  it('is rounded to float16, with the difference that this makes', async () => {
    const options = await optionsOf();
    const { precision, weights, rounding } = await storeWeights(options);
    expect(precision).toBe('float16');
    expect(weights).toEqual(asStored(options.weights, 'float16'));
    expect(weights).not.toEqual(options.weights);
    const expected = largestDifference(await scoreRows({ ...options, weights }), await scoreRows(options));
    expect(rounding).toMatchObject({ split: 'validation', clips: 40, largestScoreDifference: expected });
    expect(expected).toBeGreaterThan(0);
    expect(Math.abs(rounding!.mAPDifference!)).toBeLessThan(0.05);
  });

  it('stays as it is when float32 is asked for', async () => {
    const options = await optionsOf();
    const stored = await storeWeights({ ...options, wanted: 'float32' });
    expect(stored).toEqual({ precision: 'float32', weights: options.weights, rounding: null });
  });

  it('with a weight beyond float16 stays as it is', async () => {
    const options = await optionsOf((weights) => {
      weights.get('hidden1/kernel')!.values[3] = 70_000;
    });
    const { precision, weights, rounding } = await storeWeights(options);
    expect([precision, weights]).toEqual(['float32', options.weights]);
    expect(rounding).toMatchObject({ largestScoreDifference: null, mAPDifference: null });
  });

  it('that float16 would harm stays as it is, and the difference is told', async () => {
    const tiny = 1e-8;
    // Embeddings of a huge scale: kernels so small that float16 has only 0 for them.
    const options = await optionsOf((weights) => {
      const { shape, values } = weights.get('hidden1/kernel')!;
      weights.set('hidden1/kernel', { shape, values: values.map((value) => value * tiny) });
    });
    const scaled = { ...options, preprocessing: { ...options.preprocessing, scale: 1 / 128 / tiny } };
    const { precision, rounding } = await storeWeights(scaled);
    expect(precision).toBe('float32');
    expect(rounding!.largestScoreDifference).toBeGreaterThan(0.01);
  });
});
