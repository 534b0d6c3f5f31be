import { clipTableOf } from '../../../shared/dataset/clip-rows.ts';
import type { Clip } from '../../../shared/dataset/clip-table.ts';
import type { Label } from '../../../shared/dataset/label-list.ts';
import { rankingMetrics } from '../../../shared/metrics/ranking-metrics.ts';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';
import { drawClipFrames } from './clip-frames.ts';
import { drawClipId, drawFrameCount, drawStartSeconds } from './clip-identity.ts';
import { createEmbeddingSpace, type EmbeddingSpace, width } from './embedding-space.ts';
import { drawLabels } from './label-draw.ts';
import { ownProbabilities, posteriorsOf, solveFactors } from './posteriors.ts';
import { syntheticLabels } from './synthetic-labels.ts';
import { frameOddsOf } from './teacher.ts';

/** A labelled set like AudioSet, of which the best possible mAP is known. */
export interface SyntheticSet {
  readonly labels: readonly Label[];
  readonly train: readonly Clip[];
  readonly eval: readonly Clip[];
  /** mAP of `evalPosteriors` on the drawn eval labels: the Bayes ceiling mAP* of this very draw. */
  readonly ceiling: number;
  /** `[evalClips, labels]`: P(label | frames), exact, 0..1. */
  readonly evalPosteriors: Float32Array;
}

export interface SyntheticSetOptions {
  /** Whole number; the same seed and sizes give the same set. */
  readonly seed: number;
  readonly trainClips: number;
  readonly evalClips: number;
}

const maxFrames = 10;

/**
 * Frames first, with random sound events; then a teacher reads the quantised frames and its
 * probabilities draw the labels. Whatever the frames look like, the posteriors are therefore exact, and
 * no model can rank better than they do, but for luck. The teacher's biases are solved on the training
 * clips; the teacher, a noisy-or over the frames, is no function of the mean frame.
 */
export function generateSyntheticSet({ seed, trainClips, evalClips }: SyntheticSetOptions): SyntheticSet {
  // A stream for each purpose: a change in one draw leaves the others as they were.
  const space = createEmbeddingSpace(new SeededRandom(seed, 0));
  const unlabelled = drawUnlabelled(trainClips + evalClips, space, seed);
  const odds = frameOddsOf(unlabelled, space, maxFrames);
  const factors = solveFactors({ ...odds, clips: trainClips });
  const random = new SeededRandom(seed, 3);
  const labels = syntheticLabels.length;
  const evalPosteriors = new Float32Array(evalClips * labels);
  const clips = unlabelled.map((clip, row): Clip => {
    const own = ownProbabilities(odds, row, factors);
    if (row >= trainClips) evalPosteriors.set(posteriorsOf(own), (row - trainClips) * labels);
    return { ...clip, labels: drawLabels(own, random) };
  });
  const evalSet = clips.slice(trainClips);
  return {
    labels: syntheticLabels.map(({ index, mid, displayName }) => ({ index, mid, displayName })),
    train: clips.slice(0, trainClips),
    eval: evalSet,
    ceiling: ceilingOf(evalSet, evalPosteriors),
    evalPosteriors,
  };
}

function ceilingOf(clips: readonly Clip[], posteriors: Float32Array): number {
  const table = clipTableOf(clips, { width, maxFrames, dtype: 'uint8' });
  return rankingMetrics(table, syntheticLabels.length, posteriors).mAP;
}

function drawUnlabelled(clips: number, space: EmbeddingSpace, seed: number): Clip[] {
  const identity = new SeededRandom(seed, 1);
  const sound = new SeededRandom(seed, 2);
  const taken = new Set<string>();
  return Array.from({ length: clips }, () => {
    const id = drawClipId(taken, identity);
    const start = drawStartSeconds(identity);
    const frameCount = drawFrameCount(identity);
    const frames = drawClipFrames(space, frameCount, sound);
    return { id, start, end: start + frameCount, labels: [], frameCount, frames };
  });
}
