import type { RequestTrace } from '../http/request-trace.ts';
import type { SavedModel } from '../model/saved-model.ts';
import type { BatchQueue } from './batch-queue.ts';
import { type Clip, maxClips, maxScores, type ServedModel } from './clips.ts';
import { expectFinite } from './expect-finite.ts';
import type { Selection } from './options.ts';
import { invalid } from './read-frames.ts';

/** Part of a clip, in frames from its first. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ScoredSpan extends Span {
  /** `[labels]` */
  readonly probabilities: Float32Array;
}

export interface ScoredClip {
  readonly id: string | null;
  readonly frameSeconds: number;
  /** `[labels]`; of a long clip the largest of its windows: is it heard anywhere in the clip? */
  readonly probabilities: Float32Array;
  /** One of a clip that the model takes whole. */
  readonly windows: readonly ScoredSpan[];
  /** Null when they were not asked for. */
  readonly frames: readonly ScoredSpan[] | null;
}

/**
 * Windows of a clip: the whole of a short one; else every `hop` frames one of `size`, the last at the clip's end.
 * @param frames at least 1
 */
export function windowsOf(frames: number, size: number, hop: number): Span[] {
  if (frames <= size) return [{ start: 0, end: frames }];
  const windows: Span[] = [];
  for (let start = 0; start + size < frames; start += hop) windows.push({ start, end: start + size });
  return [...windows, { start: frames - size, end: frames }];
}

/**
 * The one call under all protocols.
 * @throws REQUEST_INVALID when it is too much for an answer, or the head has no scores of single frames; OVERLOADED
 */
export async function scoreClips(
  model: ServedModel,
  clips: readonly Clip[],
  selection: Pick<Selection, 'hop' | 'perFrame' | 'topK'>,
  queue: Pick<BatchQueue, 'predict'>,
  trace?: Pick<RequestTrace, 'took' | 'batches' | 'batchClips'>,
): Promise<ScoredClip[]> {
  const { saved } = model;
  const { width, maxFrames } = saved.spec;
  const spans = clips.map(({ frames }) => windowsOf(frames.length / width, maxFrames, selection.hop));
  expectAnswerable(saved, clips, spans, selection);
  const pieces = clips.flatMap(({ frames }, i) =>
    spans[i]!.map(({ start, end }) => frames.subarray(start * width, end * width)),
  );
  const asked = performance.now();
  let scoring = 0;
  const ofPieces = await queue.predict(model, pieces, (batch) => {
    scoring += batch.milliseconds;
    if (trace === undefined) return;
    trace.batches++;
    trace.batchClips += batch.clips;
  });
  const scored = performance.now();
  trace?.took('queue', scored - asked - scoring);
  const ofFrames = selection.perFrame ? saved.predictFrames(clips.map(({ frames }) => frames)) : null;
  trace?.took('score', scoring + performance.now() - scored);
  expectFinite(ofPieces);
  if (ofFrames !== null) expectFinite(ofFrames);
  let next = 0;
  return clips.map(({ id, frameSeconds = 1 }, i) => {
    const windows = spans[i]!.map((span) => ({ ...span, probabilities: ofPieces[next++]! }));
    return {
      id,
      frameSeconds,
      probabilities: largestOf(windows.map(({ probabilities }) => probabilities)),
      windows,
      frames: ofFrames === null ? null : framesOf(ofFrames[i]!, saved.spec.labels),
    };
  });
}

function largestOf([first, ...others]: readonly Float32Array[]): Float32Array {
  if (others.length === 0) return first!;
  return first!.map((value, label) => others.reduce((top, other) => Math.max(top, other[label]!), value));
}

function framesOf(probabilities: Float32Array, labels: number): ScoredSpan[] {
  return Array.from({ length: probabilities.length / labels }, (_, t) => ({
    start: t,
    end: t + 1,
    probabilities: probabilities.subarray(t * labels, (t + 1) * labels),
  }));
}

/** Before the work is done, not after it. */
function expectAnswerable(
  { spec, scoresFrames }: SavedModel,
  clips: readonly Clip[],
  spans: readonly (readonly Span[])[],
  { perFrame, topK }: Pick<Selection, 'perFrame' | 'topK'>,
): void {
  if (perFrame && !scoresFrames) {
    const heads = 'max-pooling, average-pooling or single-attention';
    throw invalid(['return_frames'], `false: only ${heads} score each frame`, 'true');
  }
  const windows = spans.reduce((sum, of) => sum + of.length, 0);
  if (windows > maxClips) {
    throw invalid(['clips'], `at most ${maxClips} clips, or windows of long clips`, `${windows}`);
  }
  const frames = clips.reduce((sum, clip) => sum + clip.frames.length / spec.width, 0);
  const scores = (clips.length + (windows > clips.length ? windows : 0) + (perFrame ? frames : 0)) * topK;
  if (scores > maxScores) {
    const expected = `an answer of at most ${maxScores} scores: a lower top_k, or fewer clips`;
    throw invalid(['top_k'], expected, `${scores} scores for a top_k of ${topK}`);
  }
}
