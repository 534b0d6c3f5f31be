import { describe, expect, it } from 'vitest';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import { type Batch, gatherBatch } from '../../../shared/training/batch.ts';
import { batchesOf } from '../../../shared/training/prepare-batch.ts';
import { resolveTraining, trainingSettingsSchema } from '../../../shared/training/settings.ts';
import { labelPriors } from '../../../shared/training/training-facts.ts';
import { toneClips } from './tone-clips.ts';

const shape = { width: 6, maxFrames: 4, labels: 5 };
const table = toneClips({ clips: 40, ...shape });
const rows = Uint32Array.from({ length: 40 }, (_, row) => row);
const preprocessing = preprocessingOf(table.frames);

function batches(request: object): (step: number) => Batch {
  const parsed = trainingSettingsSchema.parse({ batchSize: 16, recipe: 'fast', ...request });
  const { spec, settings } = resolveTraining(parsed, { clips: 40, clipsPerClass: 100, ...shape });
  const made = batchesOf({ spec, settings, preprocessing, table, rows });
  // From clips in memory it is no promise.
  return (step) => made(step) as Batch;
}

/** Time means `[clips, width]`. */
function means({ clips, frames, mask }: Batch): Float32Array {
  const time = mask.length / clips;
  return Float32Array.from({ length: clips * shape.width }, (_, i) => {
    const [clip, k] = [Math.floor(i / shape.width), i % shape.width];
    let [sum, count] = [0, 0];
    for (let t = 0; t < time; t++) {
      sum += mask[clip * time + t]! * frames[(clip * time + t) * shape.width + k]!;
      count += mask[clip * time + t]!;
    }
    return sum / count;
  });
}

describe('the batches of a run', () => {
  it('are the sampled clips as they are, unless asked otherwise', () => {
    const plain = batches({})(3);
    const balanced = batches({ sampling: 'balanced' })(3);
    const known = gatherBatch(table, rows, shape.labels, preprocessing);
    const knownMeans = means(known);
    for (const batch of [plain, balanced]) {
      for (const [i, value] of means(batch).entries()) {
        const column = i % shape.width;
        expect(rows.some((row) => knownMeans[row * shape.width + column] === value)).toBe(true);
      }
    }
    expect(balanced.targets).not.toEqual(plain.targets);
  });

  it('mixed on the input keep what the clips have in common, and mix no padding in', () => {
    const batch = batches({ recipe: 'multi-attention', mixup: { alpha: 1 } })(2);
    const plain = batches({ recipe: 'multi-attention' })(2);
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
    expect(batch.targets).not.toEqual(plain.targets);
    expect(sum(batch.targets)).toBeGreaterThan(0);
    expect(batch.targets.every((target) => target >= 0 && target <= 1)).toBe(true);
    // Each frame lies between two frames of the batch: within the range of its column.
    for (let k = 0; k < shape.width; k++) {
      const column = (of: Batch) =>
        [...of.frames].filter((_, i) => i % shape.width === k && of.mask[Math.floor(i / shape.width)] === 1);
      expect(Math.max(...column(batch))).toBeLessThanOrEqual(Math.max(...column(plain)));
      expect(Math.min(...column(batch))).toBeGreaterThanOrEqual(Math.min(...column(plain)));
    }
    for (const [i, valid] of batch.mask.entries()) {
      const frame = batch.frames.subarray(i * shape.width, (i + 1) * shape.width);
      if (valid === 0) expect(frame.every((value) => value === 0)).toBe(true);
    }
    // A clip is as long as the longer of the two.
    const lengths = (of: Batch) =>
      Array.from({ length: 16 }, (_, clip) => sum(of.mask.subarray(clip * 4, clip * 4 + 4)));
    const before = lengths(plain);
    for (const [clip, length] of lengths(batch).entries()) {
      expect(length).toBeGreaterThanOrEqual(before[clip]!);
      expect(before).toContain(length);
    }
  });

  it('mixed after pooling are the mixed time means, of one frame a clip', () => {
    const batch = batches({ mixup: { alpha: 0.4 } })(2);
    const plain = batches({})(2);
    expect(batch.mask).toEqual(new Float32Array(16).fill(1));
    expect(batch.frames.length).toBe(16 * shape.width);
    const [mixed, own] = [means(batch), means(plain)];
    const row = (of: Float32Array, clip: number) => [
      ...of.subarray(clip * shape.width, (clip + 1) * shape.width),
    ];
    for (let clip = 0; clip < 16; clip++) {
      const x = row(mixed, clip);
      const isBetween = Array.from({ length: 16 }, (_, other) => row(own, other)).some((y) => {
        const from = row(own, clip);
        const along = y.map((value, k) => value - from[k]!);
        const length = along.reduce((sum, value) => sum + value * value, 0);
        const share =
          length === 0 ? 0 : along.reduce((sum, a, k) => sum + a * (x[k]! - from[k]!), 0) / length;
        const off = x.map((value, k) => Math.abs(value - from[k]! - share * along[k]!));
        return share >= -1e-6 && share <= 1 + 1e-6 && Math.max(...off) < 1e-6;
      });
      expect(isBetween).toBe(true);
    }
  });

  it('mixed after a pooling that is learnt say how, and keep their frames', () => {
    const batch = batches({ recipe: 'best', mixup: { alpha: 0.4 } })(2);
    const plain = batches({ recipe: 'best', mixup: { alpha: 0 } })(2);
    expect(plain.mix).toBeUndefined();
    expect(batch.frames).toEqual(plain.frames);
    expect(batch.mask).toEqual(plain.mask);
    const shares = Array.from({ length: 16 }, (_, clip) => batch.mix!.subarray(clip * 16, clip * 16 + 16));
    for (const [clip, row] of shares.entries()) {
      expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
      expect(row.every((share) => share >= 0)).toBe(true);
      expect(row.filter((share) => share > 0).length).toBeLessThanOrEqual(2);
      for (let k = 0; k < shape.labels; k++) {
        const expected = row.reduce(
          (sum, share, other) => sum + share * plain.targets[other * shape.labels + k]!,
          0,
        );
        expect(batch.targets[clip * shape.labels + k]).toBeCloseTo(expected, 6);
      }
    }
    expect(batch.targets).not.toEqual(plain.targets);
  });

  it('have targets smoothed towards the frequencies of the labels', () => {
    const priors = labelPriors(table, rows, shape.labels);
    const [smooth, plain] = [batches({ labelSmoothing: 0.1 })(1).targets, batches({})(1).targets];
    for (const [i, target] of smooth.entries()) {
      expect(target).toBeCloseTo(0.9 * plain[i]! + 0.1 * priors[i % shape.labels]!, 6);
    }
  });

  it('need the step alone', () => {
    const request = { sampling: 'balanced', mixup: { alpha: 0.3 }, labelSmoothing: 0.05 };
    const straight = batches(request);
    const made = Array.from({ length: 6 }, (_, step) => straight(step));
    for (const step of [5, 1]) expect(batches(request)(step)).toEqual(made[step]);
  });

  it('cannot be mixed after pooling for a model that does not pool them first', () => {
    expect(() => batches({ recipe: 'multi-attention', mixup: { alpha: 1, on: 'pooled' } })).toThrow(
      expect.objectContaining({ code: 'RUN_REQUEST_INVALID' }),
    );
  });
});
