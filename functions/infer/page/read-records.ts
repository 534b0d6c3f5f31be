import { FrameScanner } from '../../../shared/tfrecord/frame-scanner.ts';
import { headerBytes, lengthAt } from '../../../shared/tfrecord/record-header.ts';
import { clipFromRecord } from '../../../shared/validation/clip-from-record.ts';
import type { Clip, Health, Label } from './answers.ts';

const maxRecordBytes = 5 * 1024 * 1024;
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
  const scanner = new FrameScanner(
    { maxRecordBytes },
    {
      record(content, start, end, record, offset) {
        const place = { file: '', record, offset };
        const { clip } = clipFromRecord(content.subarray(start, end), { width, maxFrames, dtype }, place);
        if (clip === null) return;
        clips.push({
          id: clip.id,
          start: Number.isNaN(clip.start) ? null : clip.start,
          truth: clip.labels.map((index) => labels[index] ?? { id: '', name: `label ${index}` }),
          frames: clip.frames,
        });
      },
      // Infer refuses such a file and names the place.
      damage() {},
    },
  );
  scanner.push(bytes);
  scanner.end();
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
