import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Engine, Tf } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { networksOf, type ServedSpec, valuesUnder } from './ensemble.ts';
import { forward } from './forward.ts';
import { frameProbabilities, scoresFrames } from './frame-scores.ts';
import { probabilitiesOf } from './outputs.ts';
import { type Preprocessing, preprocess } from './preprocessing.ts';
import { atOnce, type Steps } from './steps.ts';
import type { Weights } from './weights.ts';

/** Frames a forward pass at most: some 20 MB of activations at 2,048 units. */
const framesPerPass = 2560;

export interface Classifier {
  /**
   * Probabilities of each clip, `[labels]` in [0, 1].
   *
   * @param clips frames of each clip, `[t, width]` row-major, 1 ≤ t ≤ maxFrames, untreated. A model of
   *   uint8 embeddings also takes whole numbers 0..255 as floats.
   * @throws EarshotError REQUEST_INVALID naming `clips[i].frames`, expected and received;
   *   INTERNAL_FAULT when a probability is not a number.
   */
  predict(clips: readonly (Uint8Array | Float32Array)[]): Float32Array[];
  /** That the head has scores of single frames before it pools them. */
  readonly scoresFrames: boolean;
  /**
   * Probabilities of each frame of each clip by itself, `[t, labels]` row-major in [0, 1]; clips of any length.
   * @throws EarshotError as `predict`; Error when the model does not score frames, a fault of the code
   */
  predictFrames(clips: readonly (Uint8Array | Float32Array)[]): Float32Array[];
  /** The first pass costs several times what later ones do; no caller should wait for that. A step a weight. */
  warmUp(): Steps<void>;
  /** Frees the engine's memory. */
  dispose(): void;
}

export interface ClassifierOptions {
  readonly tf: Tf;
  readonly keep?: Engine['keep'];
  readonly spec: ServedSpec;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
}

/** The one way from embeddings to probabilities: the trainer evaluates with it and the function serves with it. */
export const createClassifier = (options: ClassifierOptions): Classifier => atOnce(classifierSteps(options));

/** As `createClassifier`, a part of a weight a step. */
export function* classifierSteps(options: ClassifierOptions): Steps<Classifier> {
  const { tf, spec, weights, preprocessing, keep } = options;
  const tensors: Record<string, Tensor> = {};
  for (const [name, weight] of weights) {
    tensors[name] = keep ? yield* keep(weight) : tf.tensor(weight.values, [...weight.shape]);
    yield;
  }
  const networks = networksOf(spec).map(({ spec: network, prefix }) => ({
    spec: network,
    tensors: Object.fromEntries(valuesUnder(Object.entries(tensors), prefix)),
  }));

  /** One network at a time: what it needs on the way is freed before the next. */
  const probabilitiesIn = (frames: Tensor3D, mask: Tensor2D): Tensor2D => {
    const of = networks.map((network) =>
      tf.tidy(() => probabilitiesOf(tf, forward(tf, network.spec, network.tensors, frames, mask))),
    );
    return of.length === 1 ? of[0]! : tf.div(tf.addN(of), of.length);
  };

  const scores = (clips: readonly (Uint8Array | Float32Array)[]): Float32Array => {
    const { frames, mask, time } = padded(clips, spec, preprocessing);
    const probabilities = tf.tidy(() => {
      const input = tf.tensor3d(frames, [clips.length, time, spec.width]);
      return probabilitiesIn(input, tf.tensor2d(mask, [clips.length, time]));
    });
    const values = probabilities.dataSync<'float32'>();
    probabilities.dispose();
    return values;
  };

  const frameScores = (values: Float32Array): Float32Array => {
    const probabilities = tf.tidy(() => {
      const input = tf.tensor2d(values, [values.length / spec.width, spec.width]);
      const of = networks.map((network) =>
        tf.tidy(() => frameProbabilities(tf, network.spec, network.tensors, input)),
      );
      return of.length === 1 ? of[0]! : tf.div<Tensor2D>(tf.addN(of), of.length);
    });
    const block = probabilities.dataSync<'float32'>();
    probabilities.dispose();
    checkScores(block);
    return block;
  };

  const classifier: Classifier = {
    scoresFrames: scoresFrames(spec),
    predictFrames(clips) {
      const endless = { ...spec, maxFrames: Number.POSITIVE_INFINITY };
      return clips.map((clip, index) => {
        checkClip(clip, index, endless, preprocessing);
        const scored = new Float32Array((clip.length / spec.width) * spec.labels);
        for (let first = 0; first < clip.length; first += framesPerPass * spec.width) {
          const part = clip.subarray(first, first + framesPerPass * spec.width);
          const values = new Float32Array(part.length);
          preprocess(preprocessing, part, values, 0);
          scored.set(frameScores(values), (first / spec.width) * spec.labels);
        }
        return scored;
      });
    },
    predict(clips) {
      for (const [index, clip] of clips.entries()) checkClip(clip, index, spec, preprocessing);
      const clipsPerPass = Math.max(1, Math.floor(framesPerPass / spec.maxFrames));
      const probabilities: Float32Array[] = [];
      for (let first = 0; first < clips.length; first += clipsPerPass) {
        const block = scores(clips.slice(first, first + clipsPerPass));
        checkScores(block);
        for (let at = 0; at < block.length; at += spec.labels) {
          probabilities.push(block.subarray(at, at + spec.labels));
        }
      }
      return probabilities;
    },
    *warmUp() {
      for (const kernel of Object.values(tensors)) {
        const [inputs, outputs] = kernel.shape;
        // TensorFlow.js puts a matrix in order when it is first multiplied with, and keeps that.
        if (outputs !== undefined) tf.tidy(() => tf.matMul(tf.fill([1, inputs!], 0), kernel).dataSync());
        yield;
      }
      const values = spec.width * spec.maxFrames;
      classifier.predict([
        preprocessing.dtype === 'uint8' ? new Uint8Array(values) : new Float32Array(values),
      ]);
    },
    dispose() {
      tf.dispose(tensors);
    },
  };
  return classifier;
}

/** Clips of unlike lengths as one block with a mask. */
function padded(
  clips: readonly (Uint8Array | Float32Array)[],
  { width }: ServedSpec,
  preprocessing: Preprocessing,
): { frames: Float32Array; mask: Float32Array; time: number } {
  const time = Math.max(...clips.map((clip) => clip.length / width));
  const frames = new Float32Array(clips.length * time * width);
  const mask = new Float32Array(clips.length * time);
  for (const [index, clip] of clips.entries()) {
    preprocess(preprocessing, clip, frames, index * time * width);
    mask.fill(1, index * time, index * time + clip.length / width);
  }
  return { frames, mask, time };
}

function checkClip(
  clip: Uint8Array | Float32Array,
  index: number,
  { width, maxFrames }: ServedSpec,
  { dtype }: Preprocessing,
): void {
  const invalid = (expected: string, received: string) =>
    new EarshotError('REQUEST_INVALID', { path: `clips[${index}].frames`, expected, received });
  const time = clip.length / width;
  if (!Number.isInteger(time)) throw invalid(`frames of ${width} values`, `${clip.length} values in all`);
  if (time < 1 || time > maxFrames) throw invalid(`1 to ${maxFrames} frames`, `${time}`);
  if (clip instanceof Uint8Array) {
    if (dtype === 'float32') throw invalid('float embeddings', 'uint8 embeddings');
    return;
  }
  for (const [i, value] of clip.entries()) {
    const right =
      dtype === 'uint8' ? Number.isInteger(value) && value >= 0 && value <= 255 : Number.isFinite(value);
    if (right) continue;
    throw new EarshotError('REQUEST_INVALID', {
      path: `clips[${index}].frames[${Math.floor(i / width)}][${i % width}]`,
      expected: dtype === 'uint8' ? 'a whole number 0..255' : 'a finite number',
      received: `${value}`,
    });
  }
}

function checkScores(block: Float32Array): void {
  for (const value of block) {
    if (value >= 0 && value <= 1) continue;
    throw new EarshotError('INTERNAL_FAULT', {
      field: 'probability',
      expected: '0..1',
      received: `${value}`,
    });
  }
}
