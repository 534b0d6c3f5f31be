import type { ClipTable } from '../dataset/clip-table.ts';
import { heldClips } from '../dataset/streamed-clips.ts';
import type { Engine } from '../engine/engine.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { clipsPerClass } from './clips-per-class.ts';
import { type ResolvedSettings, resolveTraining, type TrainingSettings } from './settings.ts';
import { foldsOf, shareOfRows } from './stratified-sources.ts';
import { trainClassifier } from './train-classifier.ts';

export interface CrossValidation {
  readonly engine: Engine;
  /** As the run was asked for, and what became of it: each fold is trained in the same way. */
  readonly request: TrainingSettings;
  readonly settings: Pick<ResolvedSettings, 'recipe'>;
  readonly spec: ModelSpec;
  readonly train: ClipTable;
  /** Parts of each fold's training clips to train on, ascending, the last 1. */
  readonly shares: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** What models give for clips that they were not trained on. */
export interface OutOfFold {
  readonly share: number;
  /** Training clips of a model, on average over the folds. */
  readonly clips: number;
  /** Of all training clips, `[clips, labels]`. */
  readonly scores: Float32Array;
}

export const foldCount = 5;

/**
 * Trains on four fifths of the training clips, or shares of these, and scores the last fifth, five times round.
 * @throws the signal's reason when it aborts; TRAINING_DIVERGED
 */
export async function crossValidate(validation: CrossValidation): Promise<OutOfFold[]> {
  const { train, spec, shares } = validation;
  const foldOf = foldsOf(train, foldCount);
  const all = Uint32Array.from(foldOf.keys());
  const folds = shares.map((share) => ({
    share,
    clips: 0,
    scores: new Float32Array(train.clips * spec.labels),
  }));
  for (let fold = 0; fold < foldCount; fold++) {
    const rest = all.filter((row) => foldOf[row] !== fold);
    const own = all.filter((row) => foldOf[row] === fold);
    for (const point of folds) {
      const rows = shareOfRows(train, rest, point.share);
      const scores = await scoresOf(validation, rows);
      point.clips += rows.length / foldCount;
      for (const row of own) {
        const first = row * spec.labels;
        point.scores.set(scores.subarray(first, first + spec.labels), first);
      }
    }
  }
  return folds;
}

/** Of all clips, by a model trained on some. A fold alone may not be measurable; all clips are, or the run were not. */
async function scoresOf(
  { engine, request, settings: { recipe }, spec, train, signal }: CrossValidation,
  rows: Uint32Array,
): Promise<Float32Array> {
  const table = await heldClips(train, rows);
  const facts = { clips: table.clips, clipsPerClass: clipsPerClass(table), ...spec };
  const asked = request.model === undefined ? { ...request, recipe } : request;
  const resolved = resolveTraining(asked, facts);
  const result = await trainClassifier({ engine, ...resolved, train: table, evaluate: train, signal });
  if (result.outcome === 'finished') return result.scores;
  throw signal!.reason;
}
