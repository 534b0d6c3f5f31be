import type { ClipTable } from '../shared/dataset/clip-table.ts';
import { weightLayout } from '../shared/model/layout.ts';
import type { ModelSpec } from '../shared/model/model-spec.ts';
import { SeededRandom } from '../shared/random/seeded-random.ts';
import { resolveTraining, trainingSettingsSchema } from '../shared/training/settings.ts';

/** The reference's sizes: AudioSet's clips, Kong's width and batch. */
export const load = { hidden: 1024, batchSize: 500, labels: 527, maxFrames: 10, width: 128 } as const;

/** Ten batches. */
const clips = 10 * load.batchSize;

/** Model and settings of the reference's training, without what a run does beside its steps. */
export function referenceTraining() {
  const { hidden, batchSize, labels, maxFrames, width } = load;
  const never = 1_000_000;
  const request = {
    model: { head: 'multi-attention', hidden },
    ...{ batchSize, steps: never, evaluateEverySteps: never, checkpointEverySteps: never },
  };
  const facts = { clips, clipsPerClass: 100, labels, maxFrames, width };
  return resolveTraining(trainingSettingsSchema.parse(request), facts);
}

/** Random clips with two labels each: what a step costs does not depend on what is heard. */
export function randomClips(): ClipTable {
  const { labels, maxFrames, width } = load;
  const random = new SeededRandom(1);
  const words = new Uint32Array((clips * maxFrames * width) / 4);
  random.fill(words);
  const labelIndices = new Uint16Array(2 * clips);
  for (let i = 0; i < clips; i++) {
    const label = random.below(labels - 1);
    labelIndices.set([label, label + 1], 2 * i);
  }
  return {
    ...{ clips, width, maxFrames, labelIndices },
    frames: new Uint8Array(words.buffer),
    frameCounts: new Uint16Array(clips).fill(maxFrames),
    labelOffsets: Uint32Array.from({ length: clips + 1 }, (_, i) => 2 * i),
    ids: Array.from({ length: clips }, (_, i) => `${i}`),
    starts: new Float32Array(clips),
    ends: new Float32Array(clips).fill(maxFrames),
  };
}

/**
 * Floating-point operations of the matrix products of a training step (a multiplication and an addition are two):
 * forward, and backward for the kernels and for all inputs but the frames themselves.
 */
export function productFlops(spec: ModelSpec, batchSize: number): number {
  let flops = 0;
  for (const { name, shape } of weightLayout(spec)) {
    if (!name.endsWith('/kernel')) continue;
    const [inputs, outputs] = shape as [number, number];
    const rows = name.startsWith('output/') ? batchSize : batchSize * spec.maxFrames;
    const products = name.startsWith('hidden1/') ? 2 : 3;
    flops += 2 * products * rows * inputs * outputs;
  }
  return flops;
}
