import { headerBytes, lengthAt, recordOverheadBytes } from '../../../shared/tfrecord/record-header.ts';
import { clipFromRecord } from '../../../shared/validation/clip-from-record.ts';
import type { Clip, Health, Label } from './answers.ts';

/** Infer takes what a long recording has: more frames than the model are scored as windows. */
const maxFrames = 1_000_000;

/**
 * The good clips of a TFRecord, plain or compressed, in the order in which infer answers.
 * @param labels of the model, by their index
 * @throws what the browser says of a stream that it cannot decompress
 */
export async function readRecords(
  file: Uint8Array<ArrayBuffer>,
  { width, dtype }: Health['input'],
  labels: readonly Label[],
): Promise<Clip[]> {
  const bytes = await decompressed(file);
  const clips: Clip[] = [];
  let at = 0;
  for (let record = 0; at + headerBytes <= bytes.length; record++) {
    // Infer has read the file to its end; with damage in it, it would have been refused.
    const length = lengthAt(bytes, at);
    if (length < 0) break;
    const payload = bytes.subarray(at + headerBytes, at + headerBytes + length);
    const { clip } = clipFromRecord(payload, { width, maxFrames, dtype }, { file: '', record, offset: at });
    at += recordOverheadBytes + length;
    if (clip === null) continue;
    clips.push({
      id: clip.id,
      start: Number.isNaN(clip.start) ? null : clip.start,
      truth: clip.labels.map((index) => labels[index] ?? { id: '', name: `label ${index}` }),
      frames: clip.frames,
    });
  }
  return clips;
}

async function decompressed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const format = compressionOf(bytes);
  if (format === null) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Browsers call ZLIB's format `deflate`. */
function compressionOf(bytes: Uint8Array): 'gzip' | 'deflate' | null {
  if (bytes.length >= headerBytes && lengthAt(bytes, 0) >= 0) return null;
  const [first = 0, second = 0] = bytes;
  if (first === 0x1f && second === 0x8b) return 'gzip';
  return (first & 15) === 8 && (first * 256 + second) % 31 === 0 ? 'deflate' : null;
}
