import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { type ParitySizes, parityCase, parityModels, recordedSizes } from '../fixtures/parity/parity-case.ts';
import { recordedParity } from '../fixtures/parity/recorded-parity.ts';
import { type ParityResult, parityDistances, trainHere } from '../fixtures/parity/train-here.ts';
import { largestDifference } from '../shared/model/small-models.ts';
import { trainInKeras } from './keras/run-keras.ts';
import { oraclePython } from './oracle-python.ts';

const names = Object.keys(parityModels);
const largerSizes: ParitySizes = { hidden: 64, labels: 20, width: 32, maxFrames: 6, clips: 64, steps: 20 };
/** The reference's: H = 1024, 527 labels, 10 frames of 128. */
const referenceSizes: ParitySizes = {
  hidden: 1024,
  labels: 527,
  width: 128,
  maxFrames: 10,
  clips: 16,
  steps: 1,
};

const nativeMissing = await openEngine('native').then(
  () => undefined,
  (error: Error) => error.message,
);
if (nativeMissing !== undefined) console.warn(`Parity on the native engine is skipped: ${nativeMissing}`);
const engines = nativeMissing === undefined ? (['wasm', 'native'] as const) : (['wasm'] as const);

describe.skipIf(oraclePython === undefined)('a model with the weights of Keras', () => {
  const fresh = new Map<string, ParityResult>();
  const larger = new Map<string, ParityResult>();
  const reference = new Map<string, ParityResult>();
  beforeAll(() => {
    const { keras, results } = trainInKeras([
      ...names.map((name) => parityCase(name, recordedSizes)),
      ...names.map((name) => parityCase(name, largerSizes)),
      ...names.map((name) => ({ ...parityCase(name, referenceSizes), steps: 0 })),
    ]);
    console.log(`Keras ${keras}`);
    for (const [i, name] of names.entries()) {
      fresh.set(name, results[i]!);
      larger.set(name, results[names.length + i]!);
      reference.set(name, results[2 * names.length + i]!);
    }
  });

  it.each(names)('is what is recorded for npm test: %s', (name) => {
    const recorded = recordedParity(name, parityCase(name, recordedSizes));
    expect(largestDifference(fresh.get(name)!.outputs, recorded.outputs)).toBeLessThan(1e-5);
    for (const { name: array, relative } of parityDistances(fresh.get(name)!.after, recorded.after)) {
      expect(relative, array).toBeLessThan(1e-3);
    }
  });

  describe.each(engines)('on %s', (engine) => {
    it.each(names)(
      'gives its outputs within 1e-5, and after 20 Adam steps its weights within 1e-3: %s',
      async (name) => {
        const expected = larger.get(name)!;
        const received = trainHere(await openEngine(engine), parityCase(name, largerSizes));
        const outputs = largestDifference(received.outputs, expected.outputs);
        const arrays = parityDistances(received.after, expected.after);
        const worst = arrays.reduce((most, array) => (array.relative > most.relative ? array : most));
        const single = arrays.reduce((most, array) => (array.singleShare > most.singleShare ? array : most));
        console.log(
          `${engine}, ${name}: outputs ${outputs.toExponential(1)}; weights ${worst.relative.toExponential(1)} of the ` +
            `norm of ${worst.name}; a single one ${single.single.toExponential(1)}, ` +
            `${single.singleShare.toExponential(1)} of the largest of ${single.name}`,
        );
        expect(outputs).toBeLessThan(1e-5);
        for (const { name: array, relative } of arrays) expect(relative, array).toBeLessThan(1e-3);
      },
    );

    it.each(names)("gives its outputs within 1e-5 at the reference's size: %s", async (name) => {
      const { outputs } = trainHere(await openEngine(engine), parityCase(name, referenceSizes), 0);
      expect(largestDifference(outputs, reference.get(name)!.outputs)).toBeLessThan(1e-5);
    });
  });
});
