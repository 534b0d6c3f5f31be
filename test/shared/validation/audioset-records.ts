import { expect } from 'vitest';
import { encodeSequenceExample } from '../../../shared/tfrecord/encode-example.ts';
import type { Feature } from '../../../shared/tfrecord/example.ts';
import { clipFromRecord } from '../../../shared/validation/clip-from-record.ts';

export const shape = { width: 4, maxFrames: 3, dtype: 'uint8' } as const;
export const floatShape = { ...shape, dtype: 'float32' } as const;
export const place = { file: 'incoming/set/train/a.tfrecord', record: 7, offset: 1234 };

export const utf8 = (text: string) => new TextEncoder().encode(text);
export const bytes = (...values: Uint8Array[]): Feature => ({ kind: 'bytes', values });
export const float = (...values: number[]): Feature => ({ kind: 'float', values: Float32Array.from(values) });
export const int64 = (...values: (number | bigint)[]): Feature => ({ kind: 'int64', values });

const context: Record<string, Feature> = {
  video_id: bytes(utf8('abcdefghijk')),
  start_time_seconds: float(30),
  end_time_seconds: float(40),
  labels: int64(500, 3),
};
export const frame = (...values: number[]) => bytes(Uint8Array.from(values));
const goodFrames = [frame(1, 2, 3, 4), frame(5, 6, 7, 8)];

/** A sequence example with the given features in place of the good ones; null takes one away. */
export function sequence(
  changes: Record<string, Feature | null>,
  frames: Feature[] | null = goodFrames,
): Uint8Array {
  const lists = frames === null ? [] : [['audio_embedding', frames] as const];
  return encodeSequenceExample({ context: changed(changes), featureLists: new Map(lists) });
}

export function changed(changes: Record<string, Feature | null>): Map<string, Feature> {
  const entries = Object.entries({ ...context, ...changes });
  return new Map(entries.flatMap(([name, feature]) => (feature === null ? [] : [[name, feature] as const])));
}

export function anomaliesOf(payload: Uint8Array, rules: typeof shape | typeof floatShape = shape) {
  const { clip, anomalies } = clipFromRecord(payload, rules, place);
  for (const anomaly of anomalies) expect(anomaly).toMatchObject(place);
  expect(clip === null).toBe(anomalies.some(({ severity }) => severity === 'error'));
  return anomalies.map(({ code, severity, field, expected, received }) => {
    return `${severity} ${code} ${field}: expected ${expected}, received ${received}`;
  });
}
