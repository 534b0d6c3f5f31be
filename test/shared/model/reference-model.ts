import type { ModelSpec } from '../../../shared/model/model-spec.ts';
import { type Weights, weightNamed } from '../../../shared/model/weights.ts';

/**
 * The models of the reference once more in plain loops over one clip, in double precision, as written in
 * its Keras code: what `forward` is held against.
 */
export function referenceLogits(spec: ModelSpec, weights: Weights, clip: Float32Array): number[] {
  const frames = rowsOf(clip, spec.width);
  return spec.kind === 'mlp' ? mlp(spec.hidden.length, weights, frames) : multiAttention(weights, frames);
}

function mlp(layers: number, weights: Weights, frames: number[][]): number[] {
  const mean = frames[0]!.map((_, k) => frames.reduce((sum, frame) => sum + frame[k]!, 0) / frames.length);
  const [centre, deviation] = [named(weights, 'input/mean'), named(weights, 'input/deviation')];
  let x = mean.map((value, k) => (value - centre[k]!) / deviation[k]!);
  for (let layer = 1; layer <= layers; layer++) x = hidden(weights, `hidden${layer}`, x);
  return dense(weights, 'output', x);
}

function multiAttention(weights: Weights, frames: number[][]): number[] {
  const first = frames.map((frame) => hidden(weights, 'hidden1', frame));
  const second = first.map((frame) => hidden(weights, 'hidden2', frame));
  const third = second.map((frame) => hidden(weights, 'hidden3', frame));
  return dense(weights, 'output', [...attention(weights, 2, second), ...attention(weights, 3, third)]);
}

function attention(weights: Weights, level: number, frames: number[][]): number[] {
  const c = frames.map((frame) =>
    dense(weights, `classify${level}`, frame).map((z) => 1 / (1 + Math.exp(-z))),
  );
  const a = frames.map((frame) => {
    const e = dense(weights, `attend${level}`, frame).map(Math.exp);
    const total = e.reduce((sum, value) => sum + value, 0);
    return e.map((value) => Math.min(Math.max(value / total, 1e-7), 1 - 1e-7));
  });
  return c[0]!.map((_, k) => {
    const total = a.reduce((sum, frame) => sum + frame[k]!, 0);
    return c.reduce((sum, frame, t) => sum + (a[t]![k]! / total) * frame[k]!, 0);
  });
}

function hidden(weights: Weights, layer: string, x: number[]): number[] {
  const part = (name: string) => named(weights, `${layer}/${name}`);
  const [gamma, beta, mean, variance] = [part('gamma'), part('beta'), part('mean'), part('variance')];
  return dense(weights, layer, x).map((z, k) =>
    Math.max(0, (gamma[k]! * (z - mean[k]!)) / Math.sqrt(variance[k]! + 1e-3) + beta[k]!),
  );
}

function dense(weights: Weights, layer: string, x: number[]): number[] {
  const kernel = named(weights, `${layer}/kernel`);
  const bias = named(weights, `${layer}/bias`);
  return Array.from(bias, (b, k) =>
    x.reduce((sum, value, i) => sum + value * kernel[i * bias.length + k]!, b),
  );
}

function named(weights: Weights, name: string): Float32Array {
  return weightNamed(weights, name).values;
}

function rowsOf(clip: Float32Array, width: number): number[][] {
  return Array.from({ length: clip.length / width }, (_, t) => [
    ...clip.subarray(t * width, (t + 1) * width),
  ]);
}
