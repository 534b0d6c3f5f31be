import type { ClipTable } from '../dataset/clip-table.ts';
import { isStreamed } from '../dataset/streamed-clips.ts';
import { type ModelSpec, seesTimeMean } from '../model/model-spec.ts';
import type { Preprocessing } from '../model/preprocessing.ts';
import { randomFor } from '../model/random-streams.ts';
import type { SeededRandom } from '../random/seeded-random.ts';
import { type Batch, gatherBatch } from './batch.ts';
import { mixUp, mixUpPooled } from './mixup.ts';
import { createSampler } from './sampler.ts';
import type { Mixup, ResolvedSettings } from './settings.ts';
import { streamedBatches, windowClips } from './streamed-batches.ts';
import { labelPriors } from './training-facts.ts';

export interface BatchSource {
  readonly spec: ModelSpec;
  readonly settings: ResolvedSettings;
  readonly preprocessing: Preprocessing;
  readonly table: ClipTable;
  /** Rows of the table to train on. */
  readonly rows: Uint32Array;
}

/**
 * Makes the batch of each step: sampled, gathered, mixed, smoothed. It depends on the step alone. From streamed clips it
 * is a promise, which fails with OBJECT_MISSING or SHARD_CORRUPT.
 */
export function batchesOf(source: BatchSource): (step: number) => Batch | Promise<Batch> {
  const { settings, table } = source;
  const finish = finisherOf(source);
  if (isStreamed(table)) {
    const gather = streamedBatches(source, table, windowClips(table, settings.clipMegabytes));
    return async (step) => finish(await gather(step), step);
  }
  const sampler = createSampler(table, source.rows, settings);
  return (step) =>
    finish(gatherBatch(table, sampler.batch(step), source.spec.labels, source.preprocessing), step);
}

/** Mixing and smoothing. */
function finisherOf({ spec, settings, table, rows }: BatchSource): (batch: Batch, step: number) => Batch {
  const priors = settings.labelSmoothing > 0 ? labelPriors(table, rows, spec.labels) : null;
  return (gathered, step) => {
    let batch = gathered;
    if (settings.mixup !== null) {
      batch = mixed(batch, spec, settings.mixup, randomFor('mixup', settings.seed, step));
    }
    if (priors !== null) smooth(batch.targets, priors, settings.labelSmoothing);
    return batch;
  };
}

function mixed(batch: Batch, { model }: ModelSpec, { alpha, on }: Mixup, random: SeededRandom): Batch {
  if (on === 'input') return mixUp(batch, alpha, random);
  // The time mean is no part of what is learnt: it can be taken here.
  return seesTimeMean(model) ? mixUp(pooled(batch), alpha, random) : mixUpPooled(batch, alpha, random);
}

/** The time means as clips of one frame, which models on the time mean take for the same clips. */
function pooled({ clips, frames, mask, targets }: Batch): Batch {
  const time = mask.length / clips;
  const width = frames.length / mask.length;
  const means = new Float32Array(clips * width);
  for (let clip = 0; clip < clips; clip++) {
    let count = 0;
    for (let t = 0; t < time; t++) count += mask[clip * time + t]!;
    for (let k = 0; k < width; k++) {
      let sum = 0;
      // What stands behind a clip's end is zero.
      for (let t = 0; t < time; t++) sum += frames[(clip * time + t) * width + k]!;
      means[clip * width + k] = sum / count;
    }
  }
  return { clips, frames: means, mask: new Float32Array(clips).fill(1), targets };
}

/** Label smoothing towards the labels' frequencies rather than one half: most labels are rare. In place. */
function smooth(targets: Float32Array, priors: Float32Array, share: number): void {
  for (let i = 0; i < targets.length; i++) {
    targets[i] = (1 - share) * targets[i]! + share * priors[i % priors.length]!;
  }
}
