import * as z from 'zod';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../shared/errors/parse-with-schema.ts';
import { bodyBytes, type HttpEvent } from '../../shared/http/http-event.ts';
import type { SavedModel } from '../../shared/model/saved-model.ts';
import { inspectFile } from '../../shared/validation/inspect-file.ts';

/** Bytes of a request; what Code Engine lets a function take. */
export const maxBodyBytes = 5 * 1024 * 1024;
/** A compressed TFRecord may grow to this. */
const maxDecompressedBytes = 64 * 1024 * 1024;

const topK = z.int().min(1).max(65_536).default(5);

const predictBodySchema = z.strictObject({
  clips: z
    .array(
      z.strictObject({
        /** Echoed. */
        id: z.string().max(255).optional(),
        /** `[frames][width]`; whole numbers 0..255 for a model of uint8 embeddings. */
        frames: z.array(z.array(z.number()).min(1)).min(1),
      }),
    )
    .min(1),
  top_k: topK,
});

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
      received: `${body.length}`,
    });
  }
  const type = event.headers['content-type'] ?? 'nothing';
  if (/^application\/([\w.]+\+)?json\b/i.test(type)) return fromJson(body, model);
  if (/^application\/(octet-stream|x-tfrecord|gzip)\b/i.test(type)) return fromTfRecord(body, event, model);
  throw new EarshotError('BODY_UNSUPPORTED_TYPE', {
    path: 'content-type',
    expected: 'application/json, application/octet-stream or application/x-tfrecord',
    received: type,
  });
}

function fromJson(body: Uint8Array, { spec }: SavedModel): PredictRequest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const received = body.length === 0 ? 'nothing' : error instanceof Error ? error.message : String(error);
    throw new EarshotError('BODY_MALFORMED', { expected: 'a JSON object in UTF-8', received });
  }
  const { clips, top_k } = parseWithSchema(predictBodySchema, json, 'REQUEST_INVALID');
  const rows = clips.map(({ id, frames }, i) => {
    for (const [j, frame] of frames.entries()) {
      if (frame.length !== spec.width) {
        throw new EarshotError('REQUEST_INVALID', {
          path: `clips[${i}].frames[${j}]`,
          expected: `${spec.width} values`,
          received: `${frame.length}`,
        });
      }
    }
    return { id: id ?? null, frames: Float32Array.from(frames.flat()) };
  });
  return { clips: rows, topK: top_k };
}

async function fromTfRecord(body: Uint8Array, event: HttpEvent, model: SavedModel): Promise<PredictRequest> {
  const asked = event.queryStringParameters['top_k'];
  const { top_k } = parseWithSchema(
    z.object({ top_k: topK }),
    asked === undefined ? {} : { top_k: Number(asked) },
    'REQUEST_INVALID',
  );
  const { width, maxFrames } = model.spec;
  const rules = { width, maxFrames, dtype: model.preprocessing.dtype };
  const limits = { maxRecordBytes: maxBodyBytes, maxFileBytes: maxDecompressedBytes };
  const clips = [];
  for await (const seen of inspectFile(inOnePiece(body), { ...rules, ...limits }, 'request body')) {
    if (seen.kind === 'clip') {
      clips.push({ id: seen.clip.id, frames: seen.clip.frames });
      continue;
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
  return { clips, topK: top_k };
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
