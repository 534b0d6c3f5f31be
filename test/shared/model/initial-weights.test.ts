import { expect, it } from 'vitest';
import { initialWeights } from '../../../shared/model/initial-weights.ts';
import { modelSpecSchema } from '../../../shared/model/model-spec.ts';

const spec = modelSpecSchema.parse({
  model: { head: 'mlp', hidden: [50] },
  labels: 3,
  width: 40,
  maxFrames: 10,
});
const facts = {
  priors: new Float32Array([0.5, 0.01, 0.9]),
  mean: new Float32Array(40).fill(0.25),
  deviation: new Float32Array(40).fill(2),
  frameDeviation: new Float32Array(40).fill(3),
};

it('begins with the prior as output', () => {
  const bias = initialWeights(spec, 1, facts).get('output/bias')!.values;
  for (const [k, prior] of facts.priors.entries())
    expect(1 / (1 + Math.exp(-bias[k]!))).toBeCloseTo(prior, 6);
});

it('draws kernels uniformly within the limits of Glorot and Bengio', () => {
  const { values } = initialWeights(spec, 1, facts).get('hidden1/kernel')!;
  const limit = Math.sqrt(6 / 90);
  expect(values.every((value) => Math.abs(value) <= limit)).toBe(true);
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(variance).toBeGreaterThan(0.9 * (limit ** 2 / 3));
  expect(variance).toBeLessThan(1.1 * (limit ** 2 / 3));
});

it('is decided by the seed', () => {
  expect(initialWeights(spec, 7, facts)).toEqual(initialWeights(spec, 7, facts));
  expect(initialWeights(spec, 8, facts)).not.toEqual(initialWeights(spec, 7, facts));
});

it('standardises by the deviation of what a model sees: time means, or frames', () => {
  const deviationFor = (model: object) =>
    initialWeights(modelSpecSchema.parse({ ...spec, model }), 1, facts).get('input/deviation')!.values;
  expect(deviationFor({ head: 'mlp', hidden: [50] })).toEqual(facts.deviation);
  expect(deviationFor({ head: 'attention-pooling-mlp', hidden: [50] })).toEqual(facts.frameDeviation);
});

it('tells the heads of an attention pooling apart from the beginning', () => {
  const model = { head: 'attention-pooling-mlp', heads: 2, hidden: [50] };
  const { values } = initialWeights(modelSpecSchema.parse({ ...spec, model }), 1, facts).get(
    'attend/kernel',
  )!;
  const ofHead = (head: number) => values.filter((_, i) => i % 2 === head);
  expect(ofHead(0)).not.toEqual(ofHead(1));
});
