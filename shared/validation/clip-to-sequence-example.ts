import type { Clip } from '../dataset/clip-table.ts';
import { encodeSequenceExample } from '../tfrecord/encode-example.ts';
import type { Feature } from '../tfrecord/example.ts';

/**
 * The clip as a tf.SequenceExample in AudioSet's format, to be framed as a record. float32 frames become float lists;
 * times that are NaN and an empty label list are left out.
 */
export function clipToSequenceExample(clip: Clip): Uint8Array {
  const context = new Map<string, Feature>([
    ['video_id', { kind: 'bytes', values: [new TextEncoder().encode(clip.id)] }],
  ]);
  if (!Number.isNaN(clip.start)) context.set('start_time_seconds', float(clip.start));
  if (!Number.isNaN(clip.end)) context.set('end_time_seconds', float(clip.end));
  if (clip.labels.length > 0) context.set('labels', { kind: 'int64', values: clip.labels });
  return encodeSequenceExample({ context, featureLists: new Map([['audio_embedding', framesOf(clip)]]) });
}

const float = (value: number): Feature => ({ kind: 'float', values: Float32Array.of(value) });

function framesOf({ frames, frameCount }: Clip): Feature[] {
  const width = frames.length / frameCount;
  return Array.from({ length: frameCount }, (_, row): Feature => {
    if (frames instanceof Float32Array) {
      return { kind: 'float', values: frames.subarray(row * width, (row + 1) * width) };
    }
    return { kind: 'bytes', values: [frames.subarray(row * width, (row + 1) * width)] };
  });
}
