import type { ModelSpec } from '../../../shared/model/model-spec.ts';
import { type Weights, weightNamed } from '../../../shared/model/weights.ts';

/**
 * The models of the reference once more in plain loops over one clip, in double precision, as written in
 * its Keras code: what `forward` is held against.
 *
 * @returns probabilities
 */
export function referenceProbabilities(
  { model, width }: ModelSpec,
  weights: Weights,
  clip: Float32Array,
): number[] {
  const frames = rowsOf(clip, width);
  const head = new ReferenceHead(weights);
  if (model.head === 'linear' || model.head === 'mlp') {
    let x = head.standardised(overTime(frames, (values) => total(values) / values.length));
    for (let i = 1; i <= (model.head === 'mlp' ? model.hidden.length : 0); i++)
      x = head.hidden(`hidden${i}`, x);
    return head.logits('output', x).map(sigmoid);
  }
  if (model.head === 'attention-pooling-mlp') {
    let x = head.meansByHeads(frames);
    for (let i = 1; i <= model.hidden.length; i++) x = head.hidden(`hidden${i}`, x);
    return head.logits('output', x).map(sigmoid);
  }
  const input = frames.map((frame) => head.normed('input', frame));
  const first = input.map((frame) => head.hidden('hidden1', frame));
  const second = first.map((frame) => head.hidden('hidden2', frame));
  const third = second.map((frame) => head.hidden('hidden3', frame));
  const decide = (level: number[][], kind: 'softmax' | 'sigmoid', block = '') =>
    attend(
      level.map((frame) => head.logits(`classify${block}`, frame).map(sigmoid)),
      level.map((frame) => head.logits(`attend${block}`, frame)),
      kind,
    );
  const frameScores = () => third.map((frame) => head.logits('output', frame).map(sigmoid));
  switch (model.head) {
    case 'max-pooling':
      return overTime(frameScores(), (values) => Math.max(...values));
    case 'average-pooling':
      return overTime(frameScores(), (values) => total(values) / values.length);
    case 'single-attention':
      return decide(third, model.attention);
    case 'multi-attention': {
      const [low, high] = model.blocks === 'shared' ? ['', ''] : ['2', '3'];
      const joined = [...decide(second, model.attention, low), ...decide(third, model.attention, high)];
      return head.logits('output', joined).map(sigmoid);
    }
    case 'feature-attention': {
      const pooled = attend(
        third.map((frame) => head.dense('feature', frame)),
        third.map((frame) => head.logits('attend', frame)),
        model.attention,
      );
      const active = head.normed('feature', pooled).map((value) => Math.max(0, value));
      return head.logits('output', active).map(sigmoid);
    }
  }
}

/** Attention pooling: clip, normalise over time, weighted sum. */
function attend(values: number[][], logits: number[][], kind: 'softmax' | 'sigmoid'): number[] {
  const open = logits.map((frame) => {
    const e = frame.map(Math.exp);
    const raw = kind === 'sigmoid' ? frame.map(sigmoid) : e.map((value) => value / total(e));
    return raw.map((value) => Math.min(Math.max(value, 1e-7), 1 - 1e-7));
  });
  const sums = overTime(open, total);
  return sums.map((sum, k) => total(values.map((frame, t) => (open[t]![k]! / sum) * frame[k]!)));
}

class ReferenceHead {
  private readonly weights: Weights;

  constructor(weights: Weights) {
    this.weights = weights;
  }

  standardised(x: number[]): number[] {
    const [mean, deviation] = [this.named('input/mean'), this.named('input/deviation')];
    return x.map((value, k) => (value - mean[k]!) / deviation[k]!);
  }

  /** For each head, frames weighted by its softmax over time. */
  meansByHeads(frames: number[][]): number[] {
    const input = this.weights.has('input/mean') ? frames.map((frame) => this.standardised(frame)) : frames;
    const open = input.map((frame) => this.dense('attend', frame).map(Math.exp));
    return overTime(open, total).flatMap((sum, h) =>
      input[0]!.map((_, k) => total(input.map((frame, t) => (open[t]![h]! / sum) * frame[k]!))),
    );
  }

  dense(layer: string, x: number[]): number[] {
    const kernel = this.named(`${layer}/kernel`);
    const bias = this.named(`${layer}/bias`);
    return Array.from(bias, (b, k) =>
      x.reduce((sum, value, i) => sum + value * kernel[i * bias.length + k]!, b),
    );
  }

  /** Batch norm where the model has one. */
  normed(layer: string, x: number[]): number[] {
    if (!this.weights.has(`${layer}/gamma`)) return x;
    const [gamma, beta] = [this.named(`${layer}/gamma`), this.named(`${layer}/beta`)];
    const [mean, variance] = [this.named(`${layer}/mean`), this.named(`${layer}/variance`)];
    return x.map((z, k) => (gamma[k]! * (z - mean[k]!)) / Math.sqrt(variance[k]! + 1e-3) + beta[k]!);
  }

  logits(layer: string, x: number[]): number[] {
    return this.normed(layer, this.dense(layer, x));
  }

  hidden(layer: string, x: number[]): number[] {
    return this.logits(layer, x).map((value) => Math.max(0, value));
  }

  private named(name: string): Float32Array {
    return weightNamed(this.weights, name).values;
  }
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function overTime(frames: number[][], pool: (values: number[]) => number): number[] {
  return frames[0]!.map((_, k) => pool(frames.map((frame) => frame[k]!)));
}

function rowsOf(clip: Float32Array, width: number): number[][] {
  return Array.from({ length: clip.length / width }, (_, t) => [
    ...clip.subarray(t * width, (t + 1) * width),
  ]);
}
