import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { parityCase, parityModels, recordedSizes } from '../../fixtures/parity/parity-case.ts';
import { recordedParity } from '../../fixtures/parity/recorded-parity.ts';
import { parityDistances, trainHere } from '../../fixtures/parity/train-here.ts';
import { largestDifference } from './small-models.ts';

describe.each(Object.keys(parityModels))('%s, with the weights of Keras', (name) => {
  const given = parityCase(name, recordedSizes);
  const recorded = recordedParity(name, given);

  it('has its outputs, and after 20 Adam steps its weights', async () => {
    const { outputs, after } = trainHere(await openEngine('wasm'), given);
    expect(largestDifference(outputs, recorded.outputs)).toBeLessThan(1e-5);
    for (const { name: array, relative } of parityDistances(after, recorded.after)) {
      expect(relative, array).toBeLessThan(1e-3);
    }
  });

  it('has left the weights it began with', () => {
    const start = new Map([...given.weights].map(([array, { values }]) => [array, values]));
    const moved = parityDistances(start, recorded.after).filter(({ name: array }) =>
      array.endsWith('/kernel'),
    );
    for (const { relative } of moved) expect(relative).toBeGreaterThan(5e-3);
  });
});
