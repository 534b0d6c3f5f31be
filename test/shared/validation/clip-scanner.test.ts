import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { anomaly } from '../../../shared/validation/anomaly.ts';
import { clipFromRecord } from '../../../shared/validation/clip-from-record.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { type InspectedRecord, inspectFile } from '../../../shared/validation/inspect-file.ts';
import { anyClip } from '../../fixtures/clips.ts';
import { anyDamage, applyDamage } from '../../fixtures/damage.ts';
import { anyOddRecord } from '../../fixtures/odd-records.ts';
import { collect, streamOf } from '../../fixtures/stream-of.ts';

const rules = {
  width: 4,
  maxFrames: 3,
  dtype: 'uint8',
  maxRecordBytes: 10_000,
  maxFileBytes: 1_000_000,
} as const;
const file = 'a.tfrecord';

/** The file's records as the general reader has them, one by one; the ids in a map. */
function readGenerally(payloads: readonly Uint8Array[]): InspectedRecord[] {
  const first = new Map<string, number>();
  let offset = 0;
  return payloads.map((payload, record) => {
    const span = { record, offset, length: payload.length + 16 };
    const place = { file, record, offset };
    offset += span.length;
    const { clip, anomalies } = clipFromRecord(payload, rules, place);
    if (clip === null) return { kind: 'bad', ...span, payload, anomalies };
    const earlier = first.get(clip.id);
    if (earlier === undefined) {
      first.set(clip.id, record);
      return { kind: 'clip', ...span, clip, anomalies };
    }
    const duplicate = anomaly('DUPLICATE_CLIP_IN_FILE', {
      severity: 'error',
      ...place,
      field: 'video_id',
      expected: 'a clip id that no earlier record has',
      received: `${JSON.stringify(clip.id)}, as in record ${earlier}`,
    });
    return { kind: 'bad', ...span, payload, anomalies: [...anomalies, duplicate] };
  });
}

const anyGood = anyClip(rules).map(clipToSequenceExample);
const anyDamaged = fc
  .tuple(anyGood, anyDamage)
  .map(([payload, damage]) => applyDamage(payload, damage).bytes);
const anyPayloads = fc
  .tuple(fc.array(fc.oneof(anyOddRecord, anyGood, anyDamaged), { minLength: 1, maxLength: 12 }), fc.nat(9))
  .map(([payloads, dice]) => (dice === 0 ? [...payloads, ...payloads] : payloads));

test('a file gives the clips and anomalies that its records give one by one, however it is cut', async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyPayloads, fc.integer({ min: 1, max: 2000 }), async (payloads, chunkBytes) => {
      const chunks = streamOf(encodeTfRecordFile(payloads), chunkBytes);
      const items = await collect(inspectFile(chunks, rules, file));
      expect(items.slice(0, -1)).toEqual(readGenerally(payloads));
      for (const { anomalies } of items) for (const { code } of anomalies) codes.add(code);
    }),
    { numRuns: 300 },
  );
  const expected = [
    'DUPLICATE_CLIP_IN_FILE',
    'EXAMPLE_MALFORMED',
    'CLIP_ID_INVALID',
    'LABEL_INVALID',
    'LABEL_REPEATED',
    'TIMES_INVALID',
    'FEATURE_MISSING',
    'FEATURE_WRONG_KIND',
    'EMBEDDING_WRONG_WIDTH',
    'FRAMES_OUT_OF_RANGE',
  ];
  expect([...codes]).toEqual(expect.arrayContaining(expected));
});
