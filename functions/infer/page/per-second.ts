import type { Clip, Health, PredictAnswer, Prediction, TimedPredictions } from './answers.ts';
import type { Client } from './asking.ts';

export const soundType = 'audio/wav';

/** A clip looked at closely: some labels of it, of the whole and of each of its parts. */
export interface CloseLook {
  /** Of the labels asked for. */
  readonly whole: readonly Prediction[];
  readonly parts: readonly {
    /** Second of the clip. */
    readonly start: number;
    /** Label's mid → probability. */
    readonly probabilities: ReadonlyMap<string, number>;
  }[];
  readonly scored: Scored;
}

/**
 * What the parts are: seconds, by the head's own scores of its frames or each as a clip of its own; of sound its
 * patches of 0.96 s, by the head's own scores; or the windows of a sound that the head scores as a whole.
 */
export type Scored = 'by head' | 'alone' | 'patches' | 'windows';

/** @throws Problem */
export async function lookClosely(
  client: Client,
  { input: { width }, scores_frames: ofHead }: Health,
  { id, frames }: Clip & { readonly frames: NonNullable<Clip['frames']> },
  labels: readonly string[],
): Promise<CloseLook> {
  const rows = rowsOf(frames, width);
  const own = ofHead ? [] : rows.map((row) => ({ frames: asJson([row]) }));
  const asked = {
    clips: [{ id, frames: asJson(rows) }, ...own],
    labels,
    top_k: labels.length,
    return_frames: ofHead,
  };
  const body = JSON.stringify(asked);
  const { clips } = await client.post<PredictAnswer>('/predict', { type: 'application/json', body });
  const [whole, ...each] = clips;
  const seconds = ofHead ? (whole?.frames ?? []) : each;
  return {
    whole: whole?.predictions ?? [],
    parts: seconds.map(({ predictions }, start) => ({ start, probabilities: byLabel(predictions) })),
    scored: ofHead ? 'by head' : 'alone',
  };
}

/** A sound, by the times that infer answers; a short one has none where the head scores whole clips. @throws Problem */
export async function listenClosely(
  client: Client,
  { scores_frames: ofHead }: Health,
  sound: Uint8Array<ArrayBuffer>,
  labels: readonly string[],
): Promise<CloseLook> {
  const query = new URLSearchParams({ top_k: `${labels.length}` });
  for (const mid of labels) query.append('labels', mid);
  if (ofHead) query.set('return_frames', 'true');
  const { clips } = await client.post<PredictAnswer>(`/predict?${query}`, { type: soundType, body: sound });
  const { predictions: whole = [], frames, windows = [] } = clips[0] ?? {};
  const timed = ({ start, predictions }: TimedPredictions) => ({
    start,
    probabilities: byLabel(predictions),
  });
  return { whole, parts: (frames ?? windows).map(timed), scored: frames ? 'patches' : 'windows' };
}

const byLabel = (predictions: readonly Prediction[]) =>
  new Map(predictions.map(({ label_id, probability }) => [label_id, probability]));

function rowsOf(frames: Uint8Array | Float32Array, width: number): (Uint8Array | Float32Array)[] {
  return Array.from({ length: frames.length / width }, (_, t) => frames.subarray(t * width, (t + 1) * width));
}

/** As infer takes frames in JSON: bytes as base64, floats as lists. */
function asJson(rows: readonly (Uint8Array | Float32Array)[]): unknown {
  if (rows.some((row) => row instanceof Float32Array)) return rows.map((row) => [...row]);
  return { b64: btoa(rows.map((row) => String.fromCharCode(...row)).join('')) };
}
