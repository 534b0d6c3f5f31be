import { EarshotError } from '../errors/earshot-error.ts';
import { growsTooLarge } from '../http/decode-body.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { inspectFile } from '../validation/inspect-file.ts';
import { type Clip, maxBodyBytes, maxClips } from './clips.ts';
import { invalid } from './read-frames.ts';

/** A compressed TFRecord may grow to this. */
const maxDecompressedBytes = 64 * 1024 * 1024;
/** Of a clip; what is more than fits a request by far. */
const maxFrames = 1_000_000;

/** The clips of a TFRecord, plain or compressed. @throws the anomaly of a record, REQUEST_INVALID */
export async function clipsOfTfRecord(body: Uint8Array, model: SavedModel): Promise<Clip[]> {
  const rules = { width: model.spec.width, maxFrames, dtype: model.preprocessing.dtype };
  const limits = { maxRecordBytes: maxBodyBytes, maxFileBytes: maxDecompressedBytes };
  const clips: Clip[] = [];
  for await (const seen of inspectFile(inOnePiece(body), { ...rules, ...limits }, 'request body')) {
    if (seen.kind === 'clip') {
      clips.push({ id: seen.clip.id, frames: seen.clip.frames });
      if (clips.length <= maxClips) continue;
      throw invalid(['clips'], `at most ${maxClips} clips`, 'more');
    }
    const error = seen.anomalies.find(({ severity }) => severity === 'error');
    if (error === undefined) continue;
    if (error.code === 'FILE_TOO_LARGE') throw growsTooLarge(maxDecompressedBytes);
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
