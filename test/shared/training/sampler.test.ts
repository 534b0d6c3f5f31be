import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createShuffledSampler } from '../../../shared/training/sampler.ts';

const clips = Uint32Array.from({ length: 10 }, (_, i) => 3 * i);

describe('the shuffled sampler', () => {
  it('draws every clip once an epoch, whatever the batch size', async () => {
    await fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 40 }), (count, batchSize) => {
        const all = Uint32Array.from({ length: count }, (_, i) => 7 * i);
        const sampler = createShuffledSampler(all, batchSize, 1);
        const drawn = Array.from({ length: Math.ceil((3 * count) / batchSize) }, (_, step) => [
          ...sampler.batch(step),
        ]).flat();
        for (let epoch = 0; epoch < 3; epoch++) {
          const once = drawn.slice(epoch * count, (epoch + 1) * count);
          expect(once.sort((a, b) => a - b)).toEqual([...all]);
        }
      }),
    );
  });

  it('needs the step alone, not the steps before', () => {
    const straight = createShuffledSampler(clips, 4, 1);
    const batches = Array.from({ length: 9 }, (_, step) => straight.batch(step));
    for (const step of [8, 2, 5])
      expect(createShuffledSampler(clips, 4, 1).batch(step)).toEqual(batches[step]);
    expect(straight.batch(0)).toEqual(batches[0]);
  });

  it('takes another order each epoch and for each seed', () => {
    const order = (seed: number, epoch: number) =>
      [...createShuffledSampler(clips, 10, seed).batch(epoch)].join();
    expect(new Set([order(1, 0), order(1, 1), order(1, 2), order(2, 0), order(2, 1)]).size).toBe(5);
  });
});
