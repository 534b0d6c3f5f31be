import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EmbeddingShape } from '../../../shared/dataset/clip-rows.ts';
import { AudiosetRecord } from '../../../shared/validation/audioset-record.ts';
import { clipFromRecord } from '../../../shared/validation/clip-from-record.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { clipOfView } from '../../../shared/validation/clip-view.ts';
import { anyClip, clipOf } from '../../fixtures/clips.ts';
import { anyDamage, applyDamage, joinBytes } from '../../fixtures/damage.ts';
import { anyOddRecord } from '../../fixtures/odd-records.ts';
import { anySequenceExampleBytes } from '../../fixtures/wire-messages.ts';

const shape = { width: 4, maxFrames: 3, dtype: 'uint8' } as const;
const place = { file: 'a.tfrecord', record: 0, offset: 0 };

/** What the quick reader makes of a payload that lies amid other bytes; null when it leaves it to the general one. */
function quickly(payload: Uint8Array, rules: EmbeddingShape = shape) {
  const amid = joinBytes(Uint8Array.of(10, 1), payload, Uint8Array.of(10, 120, 10, 118));
  const record = new AudiosetRecord(rules);
  return record.read(amid, 2, 2 + payload.length) ? clipOfView(record, rules.width) : null;
}

/** Of many records, those that the quick reader takes; each is a good one and has the same clip for both readers. */
function takenOf(records: fc.Arbitrary<Uint8Array>, numRuns: number): number {
  let taken = 0;
  fc.assert(
    fc.property(records, (payload) => {
      const clip = quickly(payload);
      if (clip === null) return;
      taken++;
      expect(clipFromRecord(payload, shape, place)).toEqual({ clip, anomalies: [] });
    }),
    { numRuns },
  );
  return taken;
}

describe('the quick reader', () => {
  test('takes every usual record, and reads it as the general one does', () => {
    const usual = anyClip(shape).map((clip) => ({ ...clip, id: `id-${clip.labels[0]}` }));
    fc.assert(
      fc.property(usual, (clip) => {
        expect(quickly(clipToSequenceExample(clip))).toEqual(clip);
      }),
      { numRuns: 300 },
    );
  });

  test('takes wide frames, many frames and many labels', () => {
    const wide: EmbeddingShape = { width: 300, maxFrames: 100, dtype: 'uint8' };
    const labels = Array.from({ length: 256 }, (_, i) => i * 257);
    const clip = clipOf(wide, { labels, frameCount: 99 });
    const { frames, ...rest } = quickly(clipToSequenceExample(clip), wide)!;
    expect({ ...rest, frames: Buffer.from(frames) }).toEqual({ ...clip, frames: Buffer.from(clip.frames) });
  });

  test('is sure of no record that the general one reads otherwise', () => {
    const taken = takenOf(anyOddRecord, 3000);
    expect(taken).toBeGreaterThan(300);
    expect(taken).toBeLessThan(2700);
  });

  test('is sure of no damaged record that the general one reads otherwise', () => {
    const good = anyClip(shape).map((clip) => clipToSequenceExample({ ...clip, id: 'abc' }));
    const damaged = fc.tuple(good, anyDamage).map(([payload, damage]) => applyDamage(payload, damage).bytes);
    expect(takenOf(damaged, 3000)).toBeGreaterThan(30);
  });

  test('is sure of none of the odd encodings that the general one reads otherwise', () => {
    takenOf(anySequenceExampleBytes, 1000);
  });

  test('leaves datasets of floats to the general one', () => {
    const record = new AudiosetRecord({ ...shape, dtype: 'float32' });
    const payload = clipToSequenceExample(clipOf(shape));
    expect(record.read(payload, 0, payload.length)).toBe(false);
  });
});
