import type { Clip, Health, PredictAnswer, Prediction } from './answers.ts';
import type { Client } from './client.ts';

/** A clip looked at closely: some labels of it, of the whole and of each second. */
export interface CloseLook {
  /** Of the labels asked for. */
  readonly whole: readonly Prediction[];
  readonly seconds: readonly {
    readonly start: number;
    /** Label's mid → probability. */
    readonly probabilities: ReadonlyMap<string, number>;
  }[];
  /** The head's own scores of its frames; else each second was scored as a clip of its own. */
  readonly ofHead: boolean;
}

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
    seconds: seconds.map(({ predictions }, start) => ({ start, probabilities: byLabel(predictions) })),
    ofHead,
  };
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
