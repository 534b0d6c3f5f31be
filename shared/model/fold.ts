import { batchNormEpsilon } from './layers.ts';
import type { ModelSpec } from './model-spec.ts';
import { type Weight, type Weights, weightNamed } from './weights.ts';

/**
 * Folds batch norm and the standardisation of the input into the dense layers beside them, so that a
 * served model is dense layers only. Outputs stay the same up to rounding.
 *
 * @param spec with `normalisation: 'separate'`
 * @returns the spec with `normalisation: 'folded'` and its weights
 */
export function foldNormalisation<S extends ModelSpec>(
  spec: S,
  weights: Weights,
): { spec: S; weights: Map<string, Weight> } {
  const folded = new Map<string, Weight>();
  for (const [name, weight] of weights) {
    const [layer, part] = name.split('/') as [string, string];
    if (part === 'kernel' && !weights.has(`${layer}/gamma`)) {
      folded.set(name, weight);
      folded.set(`${layer}/bias`, weightNamed(weights, `${layer}/bias`));
    } else if (part === 'kernel') {
      const { kernel, bias } = foldBatchNorm(weights, layer);
      folded.set(name, kernel);
      folded.set(`${layer}/bias`, bias);
    }
  }
  if (weights.has('input/mean')) foldStandardisation(weights, folded);
  return { spec: { ...spec, normalisation: 'folded' }, weights: folded };
}

/** γ (xW + b - μ) / √(σ² + ε) + β = x (W s) + ((b - μ) s + β), with s = γ / √(σ² + ε). */
function foldBatchNorm(weights: Weights, layer: string): { kernel: Weight; bias: Weight } {
  const part = (name: string) => weightNamed(weights, `${layer}/${name}`).values;
  const { shape, values } = weightNamed(weights, `${layer}/kernel`);
  const outputs = shape[1]!;
  const variance = part('variance');
  const mean = part('mean');
  const beta = part('beta');
  const scale = Float64Array.from(
    part('gamma'),
    (gamma, k) => gamma / Math.sqrt(variance[k]! + batchNormEpsilon),
  );
  return {
    kernel: { shape, values: values.map((value, i) => value * scale[i % outputs]!) },
    bias: { shape: [outputs], values: part('bias').map((b, k) => (b - mean[k]!) * scale[k]! + beta[k]!) },
  };
}

/** ((x - μ) / σ) W + b = x (W / σ) + (b - (μ / σ) W), on the first layer. */
function foldStandardisation(weights: Weights, folded: Map<string, Weight>): void {
  const first = folded.has('hidden1/kernel') ? 'hidden1' : 'output';
  const mean = weightNamed(weights, 'input/mean').values;
  const deviation = weightNamed(weights, 'input/deviation').values;
  const { shape, values } = weightNamed(folded, `${first}/kernel`);
  const outputs = shape[1]!;
  const kernel = new Float32Array(values.length);
  const shift = new Float64Array(outputs);
  for (let i = 0; i < values.length; i++) {
    const row = Math.floor(i / outputs);
    const scaled = values[i]! / deviation[row]!;
    kernel[i] = scaled;
    shift[i % outputs]! -= scaled * mean[row]!;
  }
  const bias = weightNamed(folded, `${first}/bias`).values.map((b, k) => b + shift[k]!);
  folded.set(`${first}/kernel`, { shape, values: kernel });
  folded.set(`${first}/bias`, { shape: [outputs], values: bias });
}
