import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { parityCase, parityModels, recordedSizes } from '../../fixtures/parity/parity-case.ts';
import { recordedParity } from '../../fixtures/parity/recorded-parity.ts';
import {
  type ParityResult,
  parityDistances,
  shareOfMovement,
  trainHere,
} from '../../fixtures/parity/train-here.ts';
import { largestDifference } from './small-models.ts';

describe.each(Object.keys(parityModels))('%s, with the weights of Keras', (name) => {
  const given = parityCase(name, recordedSizes);
  const recorded = recordedParity(name, given);

  let own: ParityResult;
  beforeAll(async () => {
    own = trainHere(await openEngine('wasm'), given);
  });

  it('has its outputs, and after 20 Adam steps its weights', () => {
    const { outputs, after } = own;
    expect(largestDifference(outputs, recorded.outputs)).toBeLessThan(1e-5);
    for (const { name: array, relative } of parityDistances(after, recorded.after)) {
      expect(relative, array).toBeLessThan(1e-3);
    }
  });

  it('has moved its kernels as Keras has', () => {
    const { after } = own;
    for (const [array, { values: start }] of given.weights) {
      if (!array.endsWith('/kernel')) continue;
      const expected = recorded.after.get(array)!;
      expect(shareOfMovement(after.get(array)!, expected, start), array).toBeLessThan(5e-4);
      expect(
        parityDistances(new Map([[array, start]]), new Map([[array, expected]]))[0]!.relative,
      ).toBeGreaterThan(5e-3);
    }
  });
});
