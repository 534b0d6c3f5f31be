import type * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { decodedBody } from '../http/decode-body.ts';
import { bodyBytes, type HttpEvent } from '../http/http-event.ts';
import { type Clip, maxClips } from '../inference/clips.ts';
import { invalid, readRawFrames } from '../inference/read-frames.ts';
import { clipsOfTfRecord } from '../inference/record-clips.ts';
import { clipOfSound } from '../inference/sound-clips.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { contentType, expectSmallBody, soundTypes } from './any-body.ts';
import type { Asked, ClipsQuery, InferenceProtocol } from './inference-route.ts';
import { expectShallow } from './json-depth.ts';
import { formType } from './multipart-form.ts';
import type { Serving } from './route.ts';

/** Content types of clips that are not JSON. */
export const tfRecordTypes = [
  'application/x-tfrecord',
  'application/octet-stream',
  'application/gzip',
] as const;
export const rawFramesType = 'application/x-uint8-frames';

const json = /^application\/([\w.-]+\+)?json$/;
const form = 'application/x-www-form-urlencoded';

/**
 * What is asked, of a body of any type that holds clips.
 * @throws BODY_TOO_LARGE, BODY_UNSUPPORTED_TYPE, BODY_UNSUPPORTED_ENCODING, BODY_MALFORMED, REQUEST_INVALID, the anomaly
 *   of a record, or what `clipOfSound` throws
 */
export async function readBody<Extra>(
  event: HttpEvent,
  model: SavedModel,
  query: ClipsQuery,
  protocol: Pick<InferenceProtocol<Extra, z.ZodType, z.ZodObject>, 'read' | 'jsonWithoutType'>,
  { sound }: Pick<Serving, 'sound'>,
): Promise<Asked<Extra>> {
  const type = contentType(event);
  const sent = bytesOf(event, type);
  expectSmallBody(sent);
  refuseBinaryTensors(event);
  expectKnownType(type, protocol.jsonWithoutType);
  const bytes = await decodedBody(sent, event.headers['content-encoding']);
  if (type === rawFramesType) return { clips: clipsOfFrames(bytes, model, query) };
  if (isTfRecord(type)) return { clips: await clipsOfTfRecord(bytes, model) };
  if (isSound(type)) return { clips: [await clipOfSound(bytes, query.id ?? null, model, sound)] };
  return protocol.read(jsonOf(bytes), model);
}

const isTfRecord = (type: string) => (tfRecordTypes as readonly string[]).includes(type);
const isSound = (type: string) => (soundTypes as readonly string[]).includes(type);

function expectKnownType(type: string, jsonWithoutType: boolean): void {
  const isJson = json.test(type) || (jsonWithoutType && (type === '' || type === form));
  if (isJson || isTfRecord(type) || isSound(type) || type === rawFramesType) return;
  throw new EarshotError('BODY_UNSUPPORTED_TYPE', {
    path: 'content-type',
    expected: ['application/json', ...tfRecordTypes, rawFramesType, soundTypes[0], formType].join(', '),
    received: type.slice(0, 80) || 'nothing',
  });
}

/** Tensors as bytes behind JSON, an extension of the Open Inference Protocol. */
function refuseBinaryTensors(event: HttpEvent): void {
  const path = 'inference-header-content-length';
  const received = event.headers[path];
  if (received === undefined || received === '') return;
  const expected = 'tensors as JSON (binary_data=False)';
  throw new EarshotError('BODY_UNSUPPORTED_TYPE', { path, expected, received: received.slice(0, 80) });
}

/** Where no type is said, the platform may pass a body as it is or as base64; no base64 starts with a brace. */
function bytesOf(event: HttpEvent, type: string): Uint8Array {
  const plain = type === '' && /^\s*[{[]/.test(event.body ?? '');
  return bodyBytes(plain ? { ...event, isBase64Encoded: false } : event);
}

function jsonOf(body: Uint8Array): unknown {
  expectShallow(body);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const received = body.length === 0 ? 'nothing' : error instanceof Error ? error.message : String(error);
    throw new EarshotError('BODY_MALFORMED', { expected: 'a JSON object in UTF-8', received });
  }
}

function clipsOfFrames(
  bytes: Uint8Array,
  model: SavedModel,
  { id, clip_frames: length }: ClipsQuery,
): Clip[] {
  const { width } = model.spec;
  const frames = readRawFrames(bytes, ['body'], { width, dtype: model.preprocessing.dtype });
  if (length === undefined) return [{ id: id ?? null, frames }];
  const count = frames.length / (length * width);
  if (!Number.isInteger(count)) {
    const expected = `a number that divides the ${frames.length / width} frames of the body`;
    throw invalid(['query', 'clip_frames'], expected, `${length}`);
  }
  if (count > maxClips) throw invalid(['query', 'clip_frames'], `at most ${maxClips} clips`, `${count}`);
  return Array.from({ length: count }, (_, i) => ({
    id: id ?? null,
    frames: frames.subarray(i * length * width, (i + 1) * length * width),
  }));
}
