import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeState, encodeState } from '../../../shared/training/state-codec.ts';
import { initialState } from '../../../shared/training/training-state.ts';
import { smallSpecs, trainedLooking } from '../model/small-models.ts';

const [, spec] = smallSpecs[0]!;
const state = initialState('abc', spec, trainedLooking(spec));
Object.assign(state, { step: 12, seconds: 3.5, lossSum: 0.1 + 0.2, lossCount: 2 });
state.curve.push({
  step: 10,
  epoch: 0.3,
  trainingLoss: 1 / 3,
  validation: { mAP: 0.1, AUC: 0.6, dPrime: 0.36, loss: 0.2 },
});
state.curve.push({ step: 12, epoch: 0.4, trainingLoss: 0.25, validation: null });
state.best = {
  step: 10,
  value: 0.1,
  evaluationsSince: 1,
  weights: new Map([...state.average].map(([name, values]) => [name, values.map((value) => value / 3)])),
};
state.recent = [7, 10].map((step) => ({
  step,
  weights: new Map([...state.average].map(([name, values]) => [name, values.map((value) => value / step)])),
}));
const bytes = encodeState(state);

it('a training state survives being written and read', () => {
  expect(decodeState(bytes)).toEqual(state);
  expect(encodeState(decodeState(bytes))).toEqual(bytes);
});

it('need not have a best one so far, nor others to average', () => {
  const early = { ...state, best: null, recent: [] };
  expect(decodeState(encodeState(early))).toEqual(early);
});

it('is readable at any offset of a larger buffer', () => {
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(decodeState(shifted.subarray(3))).toEqual(state);
});

it('a changed byte, or a missing end, is noticed', async () => {
  const corrupt = expect.objectContaining({ code: 'CHECKPOINT_CORRUPT' });
  await fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= by;
      expect(() => decodeState(damaged)).toThrow(corrupt);
      expect(() => decodeState(bytes.subarray(0, at))).toThrow(corrupt);
    }),
    { numRuns: 100 },
  );
});
