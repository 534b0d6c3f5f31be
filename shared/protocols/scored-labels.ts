import * as z from 'zod';
import type { Label } from '../dataset/label-list.ts';
import { choose, type Selection } from '../inference/options.ts';
import type { ScoredClip, ScoredSpan } from '../inference/score-clips.ts';

/** Of one label; MAX-Audio-Classifier's names. */
export const predictionSchema = z
  .object({
    label_id: z.string().describe("The label's mid."),
    label: z.string(),
    probability: z.number().min(0).max(1),
  })
  .meta({ id: 'Prediction' });
type Prediction = z.infer<typeof predictionSchema>;

const seconds = { start: z.number().min(0), end: z.number().min(0) };

const timedPredictions = z
  .object({ ...seconds, predictions: z.array(predictionSchema) })
  .describe(
    'Of a part of a clip, in seconds from its first frame; a frame is a second, of sound 0.96 of one.',
  )
  .meta({ id: 'TimedPredictions' });

/** A clip's answer: its labels and, where they are asked for or the clip is long, those of its parts. */
export const clipAnswer = z
  .object({
    id: z.string().nullable().describe('As it was given.'),
    predictions: z.array(predictionSchema).describe('Of a long clip the largest of its windows.'),
    windows: z.array(timedPredictions).optional().describe('Of a clip longer than the model takes.'),
    frames: z.array(timedPredictions).optional().describe('With return_frames.'),
  })
  .meta({ id: 'ClipAnswer' });

/** Most probable first. */
function predictionsOf(
  probabilities: Float32Array,
  labels: readonly Label[],
  selection: Selection,
): Prediction[] {
  return choose(probabilities, selection).map(({ index, probability }) => {
    const { mid, displayName } = labels[index]!;
    return { label_id: mid, label: displayName, probability };
  });
}

/** To the microsecond, as a product of fractions is seldom exact. */
const secondsOf = (frames: number, { frameSeconds }: ScoredClip) =>
  Number((frames * frameSeconds).toFixed(6));

export function clipAnswerOf(clip: ScoredClip, labels: readonly Label[], selection: Selection) {
  const of = (probabilities: Float32Array) => predictionsOf(probabilities, labels, selection);
  const timed = (span: ScoredSpan) => ({
    start: secondsOf(span.start, clip),
    end: secondsOf(span.end, clip),
    predictions: of(span.probabilities),
  });
  return {
    id: clip.id,
    predictions: of(clip.probabilities),
    ...(clip.windows.length > 1 ? { windows: clip.windows.map(timed) } : {}),
    ...(clip.frames === null ? {} : { frames: clip.frames.map(timed) }),
  } satisfies z.input<typeof clipAnswer>;
}
