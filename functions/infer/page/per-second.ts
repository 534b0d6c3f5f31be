import type { Clip, PredictAnswer, Prediction } from './answers.ts';
import { type Client, Problem } from './client.ts';

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

/** `<model>/<version>` → whether its head scores frames; asked once. */
const heads = new Map<string, boolean>();

/** @param model `<model>/<version>` that is served. @throws Problem */
export async function lookClosely(
  client: Client,
  model: string,
  { id, frames }: Clip & { readonly frames: NonNullable<Clip['frames']> },
  width: number,
  labels: readonly string[],
): Promise<CloseLook> {
  const rows = rowsOf(frames, width);
  const options = { labels, top_k: labels.length };
  const ask = (body: object) =>
    client.post<PredictAnswer>('/predict', { type: 'application/json', body: JSON.stringify(body) });
  if (heads.get(model) !== false) {
    const clips = [{ id, frames: asJson(rows) }];
    const answer = await ask({ clips, ...options, return_frames: true }).catch((error: unknown) => {
      if (error instanceof Problem && error.path === 'return_frames') return null;
      throw error;
    });
    heads.set(model, answer !== null);
    const [clip] = answer?.clips ?? [];
    if (clip !== undefined) {
      const seconds = (clip.frames ?? []).map(({ start, predictions }) => ({
        start,
        probabilities: byLabel(predictions),
      }));
      return { whole: clip.predictions, seconds, ofHead: true };
    }
  }
  const clips = [{ id, frames: asJson(rows) }, ...rows.map((row) => ({ frames: asJson([row]) }))];
  const [whole, ...each] = (await ask({ clips, ...options })).clips;
  const seconds = each.map(({ predictions }, start) => ({ start, probabilities: byLabel(predictions) }));
  return { whole: whole?.predictions ?? [], seconds, ofHead: false };
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
