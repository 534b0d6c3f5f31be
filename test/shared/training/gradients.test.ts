import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import { gatherBatch } from '../../../shared/training/batch.ts';
import { computeGradients } from '../../../shared/training/gradients.ts';
import { largestDifference, smallSpecs, trainedLooking } from '../model/small-models.ts';
import { toneClips } from './tone-clips.ts';

const table = toneClips({ clips: 12, width: 6, maxFrames: 4, labels: 5 });
const rows = Uint32Array.from([0, 3, 5, 6, 8, 11]);
const batch = gatherBatch(table, rows, 5, preprocessingOf(table.frames));

describe.each(smallSpecs)('loss and gradients of the %s', (_, spec) => {
  const weights = new Map([...trainedLooking(spec)].map(([name, { values }]) => [name, values]));
  const on = async (engine: 'wasm' | 'cpu') => {
    const { tf } = await openEngine(engine);
    return computeGradients({ tf, spec, weights, batch, seed: 5, step: 2 });
  };

  it('are the same on WebAssembly and on the cpu backend', async () => {
    const expected = await on('cpu');
    const received = await on('wasm');
    expect(received.loss).toBeCloseTo(expected.loss, 6);
    for (const part of ['gradients', 'statistics'] as const) {
      expect([...received[part].keys()]).toEqual([...expected[part].keys()]);
      for (const [name, values] of expected[part]) {
        expect(largestDifference(received[part].get(name)!, values)).toBeLessThan(1e-5);
      }
    }
  });

  it('leave out what stands behind the end of a clip', async () => {
    const expected = await on('wasm');
    const { tf } = await openEngine('wasm');
    const frames = batch.frames.map((value, at) =>
      batch.mask[Math.floor(at / spec.width)] === 1 ? value : 50,
    );
    expect(frames).not.toEqual(batch.frames);
    const received = computeGradients({ tf, spec, weights, batch: { ...batch, frames }, seed: 5, step: 2 });
    expect(received.loss).toBeCloseTo(expected.loss, 6);
    for (const part of ['gradients', 'statistics'] as const) {
      for (const [name, values] of expected[part]) {
        expect(largestDifference(received[part].get(name)!, values), name).toBeLessThan(1e-6);
      }
    }
  });

  it('agree with finite differences', async () => {
    const { tf } = await openEngine('wasm');
    const lossAt = (shifted: ReadonlyMap<string, Float32Array>) =>
      computeGradients({ tf, spec, weights: shifted, batch, seed: 5, step: 2 }).loss;
    const { gradients } = await on('wasm');
    const h = 1e-3;
    const names = ['output/kernel', 'output/bias', 'classify/kernel', 'attend/kernel', 'hidden1/gamma'];
    for (const name of names.filter((known) => gradients.has(known))) {
      const shiftedBy = (by: number) =>
        new Map(weights).set(
          name,
          weights.get(name)!.map((value, i) => (i === 2 ? value + by : value)),
        );
      const slope = (lossAt(shiftedBy(h)) - lossAt(shiftedBy(-h))) / (2 * h);
      expect(Math.abs(gradients.get(name)![2]! - slope)).toBeLessThan(5e-4);
    }
  });
});
