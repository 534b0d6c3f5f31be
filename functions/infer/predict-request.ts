import * as z from 'zod';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../shared/errors/parse-with-schema.ts';
import { bodyBytes, type HttpEvent } from '../../shared/http/http-event.ts';
import type { SavedModel } from '../../shared/model/saved-model.ts';
import { inspectFile } from '../../shared/validation/inspect-file.ts';
import { readFrames } from './read-frames.ts';

/** Bytes of a request and of an answer; what Code Engine lets a function take and give. */
export const maxBodyBytes = 5 * 1024 * 1024;
/** A compressed TFRecord may grow to this. */
const maxDecompressedBytes = 64 * 1024 * 1024;

const usualTopK = 5;
/** Clips of a request: some 20 seconds of the larger model, below the time limit of a function. */
const maxClips = 10_000;

const topK = z.int().min(1).max(65_536);
/** The elements of long lists are checked one by one, up to the first that is wrong. */
const predictBodySchema = z.strictObject({
  clips: z.array(z.unknown()).min(1).max(maxClips),
  top_k: topK.optional(),
});
const clipSchema = z.strictObject({
  /** Echoed. */
  id: z.string().max(255).optional(),
  /** `[frames][width]`; whole numbers 0..255 for a model of uint8 embeddings. */
  frames: z.array(z.unknown()),
});
const querySchema = z.strictObject({ top_k: topK.optional() });

export interface PredictRequest {
  readonly clips: readonly { readonly id: string | null; readonly frames: Uint8Array | Float32Array }[];
  readonly topK: number;
}

/** @throws BODY_TOO_LARGE, BODY_UNSUPPORTED_TYPE, BODY_MALFORMED, REQUEST_INVALID, or the anomaly of a record */
export async function readPredictRequest(event: HttpEvent, model: SavedModel): Promise<PredictRequest> {
  const body = bodyBytes(event);
  if (body.length > maxBodyBytes) {
    throw new EarshotError('BODY_TOO_LARGE', {
      expected: `at most ${maxBodyBytes} bytes`,
      received: `${body.length} bytes`,
    });
  }
  const { top_k: asked = usualTopK } = readQuery(event);
  const type = event.headers['content-type'] || 'nothing';
  if (/^application\/([\w.]+\+)?json\s*(;|$)/i.test(type)) return fromJson(body, model, asked);
  if (/^application\/(octet-stream|x-tfrecord|gzip)\s*(;|$)/i.test(type)) {
    return { clips: await clipsOfTfRecord(body, model), topK: asked };
  }
  throw new EarshotError('BODY_UNSUPPORTED_TYPE', {
    path: 'content-type',
    expected: 'application/json, application/octet-stream or application/x-tfrecord',
    received: type,
  });
}

function readQuery({ queryStringParameters: query }: HttpEvent): { top_k?: number | undefined } {
  const values = Object.entries(query).map(([name, text]) => [
    name,
    /^\d+$/.test(text) ? Number(text) : text,
  ]);
  return parseWithSchema(querySchema, Object.fromEntries(values), 'REQUEST_INVALID', {}, ['query']);
}

/** What the body says goes before what the query says. */
function fromJson(body: Uint8Array, { spec, preprocessing }: SavedModel, asked: number): PredictRequest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const received = body.length === 0 ? 'nothing' : error instanceof Error ? error.message : String(error);
    throw new EarshotError('BODY_MALFORMED', { expected: 'a JSON object in UTF-8', received });
  }
  const { clips, top_k = asked } = parseWithSchema(predictBodySchema, json, 'REQUEST_INVALID');
  const rows = clips.map((clip, i) => {
    const { id = null, frames } = parseWithSchema(clipSchema, clip, 'REQUEST_INVALID', {}, ['clips', i]);
    return { id, frames: readFrames(frames, ['clips', i, 'frames'], { ...spec, ...preprocessing }) };
  });
  return { clips: rows, topK: top_k };
}

async function clipsOfTfRecord(body: Uint8Array, model: SavedModel): Promise<PredictRequest['clips']> {
  const { width, maxFrames } = model.spec;
  const rules = { width, maxFrames, dtype: model.preprocessing.dtype };
  const limits = { maxRecordBytes: maxBodyBytes, maxFileBytes: maxDecompressedBytes };
  const clips = [];
  for await (const seen of inspectFile(inOnePiece(body), { ...rules, ...limits }, 'request body')) {
    if (seen.kind === 'clip') {
      clips.push({ id: seen.clip.id, frames: seen.clip.frames });
      if (clips.length <= maxClips) continue;
      const [expected, received] = [`at most ${maxClips} clips`, 'more'];
      throw new EarshotError('REQUEST_INVALID', { path: 'clips', expected, received });
    }
    const error = seen.anomalies.find(({ severity }) => severity === 'error');
    if (error === undefined) continue;
    throw new EarshotError(error.code, {
      file: error.file,
      expected: error.expected,
      received: error.received,
      ...(error.record === null ? {} : { record: error.record }),
      ...(error.offset === null ? {} : { offset: error.offset }),
      ...(error.field === null ? {} : { field: error.field }),
    });
  }
  return clips;
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
