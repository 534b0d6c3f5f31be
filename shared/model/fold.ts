import { batchNormEpsilon } from './batch-norm.ts';
import { isEnsemble, type ServedSpec } from './ensemble.ts';
import type { ModelConfig } from './model-config.ts';
import type { ModelSpec } from './model-spec.ts';
import { type Weight, type Weights, weightNamed } from './weights.ts';

/**
 * Folds batch norm and the standardisation of the input into the dense layers beside them, so that a
 * served model is dense layers only. Outputs stay the same up to rounding.
 *
 * @param spec with `normalisation: 'separate'`
 * @returns the spec with `normalisation: 'folded'` and its weights
 */
export function foldNormalisation(
  spec: ModelSpec,
  weights: Weights,
): { spec: ModelSpec; weights: Map<string, Weight> } {
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
  if (weights.has('input/mean')) {
    for (const layer of layersOnInput(spec.model)) foldInput(inputTreatment(weights), layer, folded);
  }
  return { spec: { ...spec, normalisation: 'folded' }, weights: folded };
}

/** The model as it is served: folded, if it is not so already. */
export function asServed(spec: ServedSpec, weights: Weights): { spec: ServedSpec; weights: Weights } {
  if (isEnsemble(spec) || spec.normalisation === 'folded') return { spec, weights };
  return foldNormalisation(spec, weights);
}

/**
 * γ (xW + b - μ) / √(σ² + ε) + β = x (W s) + ((b - μ) s + β), with s = γ / √(σ² + ε). Between layer and
 * norm there may be a weighted mean over frames whose weights sum to 1: it leaves s and β as they are.
 */
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

/** What the model does to each value of the input: x s + t. */
interface InputTreatment {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

function inputTreatment(weights: Weights): InputTreatment {
  const part = (name: string) => weightNamed(weights, `input/${name}`).values;
  const isBatchNorm = weights.has('input/gamma');
  const scale = isBatchNorm
    ? Float64Array.from(
        part('gamma'),
        (gamma, k) => gamma / Math.sqrt(part('variance')[k]! + batchNormEpsilon),
      )
    : Float64Array.from(part('deviation'), (deviation) => 1 / deviation);
  const shift = scale.map((s, k) => (isBatchNorm ? part('beta')[k]! : 0) - part('mean')[k]! * s);
  return { scale, shift };
}

/** Layers that see the input, or means of it: weights that sum to 1 leave its treatment as it is. */
function layersOnInput({ head }: ModelConfig): string[] {
  if (head === 'linear') return ['output'];
  return head === 'attention-pooling-mlp' ? ['attend', 'hidden1'] : ['hidden1'];
}

/** (x s + t) W + b = x (s W) + (b + t W), for each of the inputs that are joined in x. */
function foldInput({ scale, shift }: InputTreatment, first: string, folded: Map<string, Weight>): void {
  const { shape, values } = weightNamed(folded, `${first}/kernel`);
  const outputs = shape[1]!;
  const shifted = Float64Array.from(weightNamed(folded, `${first}/bias`).values);
  const kernel = values.map((value, i) => {
    const row = Math.floor(i / outputs) % scale.length;
    shifted[i % outputs]! += shift[row]! * value;
    return value * scale[row]!;
  });
  folded.set(`${first}/kernel`, { shape, values: kernel });
  folded.set(`${first}/bias`, { shape: [outputs], values: Float32Array.from(shifted) });
}
