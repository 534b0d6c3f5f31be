import type { Clip, ClipAnswer, Health, Label, PredictAnswer } from './answers.ts';
import type { Client } from './asking.ts';
import { curlOf } from './curl.ts';
import { soundType } from './per-second.ts';
import { readRecords } from './read-records.ts';

/** Bars a clip. */
const topK = 10;

export interface ScoredClip extends Clip {
  readonly predictions: ClipAnswer['predictions'];
  /** The WAV file that it is; else it is frames. */
  readonly sound?: Uint8Array<ArrayBuffer>;
}

export interface Result {
  /** Another one for every result. */
  readonly serial: number;
  /** Name of the file, or of the clip. */
  readonly source: string;
  readonly model: string;
  readonly version: string;
  readonly clips: readonly ScoredClip[];
  /** The same call for a shell. */
  readonly curl: string;
}

let serial = 0;

/** Every clip of a TFRecord, or the one that a WAV file is. @throws Problem */
export async function scoreFile(
  client: Client,
  file: File,
  health: Health,
  labels: readonly Label[],
): Promise<Result> {
  const body = new Uint8Array(await file.arrayBuffer());
  const isSound = /\.wav$/i.test(file.name) || wavHead.test(latin1(body.subarray(0, 12)));
  const type = isSound ? soundType : 'application/x-tfrecord';
  const path = `/predict?top_k=${topK}`;
  const { model, version, clips } = await client.post<PredictAnswer>(path, { type, body });
  // Infer has taken the file; what the page cannot read of it, it does without.
  const read = isSound
    ? [{ id: file.name, start: null, truth: null, frames: null, sound: body }]
    : await readRecords(body, health.input, labels).catch(() => []);
  return {
    serial: ++serial,
    source: file.name,
    model,
    version,
    clips: clips.map(({ id, predictions }, i) => ({
      ...(read[i] ?? { id: id ?? `clip ${i}`, start: null, truth: null, frames: null }),
      predictions,
    })),
    curl: curlOf({
      url: client.origin + path,
      type,
      body: { file: file.name },
      keyed: client.keyed,
    }),
  };
}

const wavHead = /^(RIFF|RF64|BW64).{4}WAVE/s;
const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

interface StoredClip {
  readonly id: string;
  readonly start_seconds: number | null;
  readonly labels: readonly Label[];
  /** As infer takes them: base64 of bytes, or lists of floats. */
  readonly frames: { readonly b64: string } | readonly (readonly number[])[];
}

/** A clip of the evaluated set. @throws Problem */
export async function scoreStored(client: Client, id: string): Promise<Result> {
  const stored = await client.get<StoredClip>(`/clips/${encodeURIComponent(id)}`);
  const frames = framesOf(stored.frames);
  const type = 'application/json';
  const text = JSON.stringify({ clips: [{ id, frames: stored.frames }], top_k: topK });
  const { model, version, clips } = await client.post<PredictAnswer>('/predict', { type, body: text });
  return {
    serial: ++serial,
    source: id,
    model,
    version,
    clips: clips.map(({ predictions }) => ({
      id,
      start: stored.start_seconds,
      truth: stored.labels,
      frames,
      predictions,
    })),
    curl: curlOf({ url: `${client.origin}/predict`, type, body: { text }, keyed: client.keyed }),
  };
}

function framesOf(frames: StoredClip['frames']): Uint8Array | Float32Array {
  if ('b64' in frames) return Uint8Array.from(atob(frames.b64), (letter) => letter.charCodeAt(0));
  return Float32Array.from(frames.flat());
}
