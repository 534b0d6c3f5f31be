import { constants, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clip } from '../../../shared/dataset/clip-table.ts';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import {
  type InspectedBad,
  type InspectedClip,
  type InspectedEnd,
  inspectFile,
} from '../../../shared/validation/inspect-file.ts';
import { anyClips } from '../../fixtures/clips.ts';
import { anyDamage, anyPlace, applyDamage } from '../../fixtures/damage.ts';
import { collect, streamOf } from '../../fixtures/stream-of.ts';

const rules = {
  width: 6,
  maxFrames: 4,
  dtype: 'uint8',
  maxRecordBytes: 5000,
  maxFileBytes: 1_000_000,
} as const;
const clipsOfFile = anyClips(rules, 20);
const chunkSize = fc.integer({ min: 30, max: 3000 });

interface Inspected {
  readonly clips: InspectedClip[];
  readonly bad: InspectedBad[];
  readonly end: InspectedEnd;
}

async function inspect(bytes: Uint8Array, chunkBytes: number): Promise<Inspected> {
  const items = await collect(inspectFile(streamOf(bytes, chunkBytes), rules, 'a.tfrecord'));
  const end = items.at(-1);
  if (end?.kind !== 'end') throw new Error('no end');
  return {
    clips: items.filter((item) => item.kind === 'clip'),
    bad: items.filter((item) => item.kind === 'bad'),
    end,
  };
}

/** Where each clip's record lies in the file. */
function layout(payloads: readonly Uint8Array[]): { offset: number; length: number }[] {
  let at = 0;
  return payloads.map((payload) => {
    const span = { offset: at, length: payload.length + 16 };
    at += span.length;
    return span;
  });
}

const clipsIn = ({ clips }: Inspected): Clip[] => clips.map(({ clip }) => clip);

/** Good and bad spans lie side by side from the first byte to the last; what is bad is handed over whole. */
function expectAccounted({ clips, bad, end }: Inspected): void {
  let at = 0;
  for (const { offset, length } of [...clips, ...bad].sort((a, b) => a.offset - b.offset)) {
    expect(offset).toBe(at);
    at += length;
  }
  expect(at).toBe(end.bytes);
  for (const { length, payload } of bad) expect([length, length - 16]).toContain(payload.length);
  for (const { anomalies } of bad) expect(anomalies.some(({ severity }) => severity === 'error')).toBe(true);
}

describe('a plain file', () => {
  test('with one flipped bit loses exactly the record it hits, at that offset', async () => {
    await fc.assert(
      fc.asyncProperty(clipsOfFile, anyPlace, fc.nat(7), chunkSize, async (clips, place, bit, chunkBytes) => {
        const payloads = clips.map(clipToSequenceExample);
        const damaged = applyDamage(encodeTfRecordFile(payloads), { kind: 'flip', place, bit });
        const spans = layout(payloads);
        const hit = spans.findLastIndex(({ offset }) => offset <= damaged.from);
        const found = await inspect(damaged.bytes, chunkBytes);
        expect(clipsIn(found)).toEqual(clips.toSpliced(hit, 1));
        expect(found.bad).toHaveLength(1);
        expect(found.bad[0]).toMatchObject({ ...spans[hit], record: hit });
        expect(found.bad[0]!.anomalies).toHaveLength(1);
        expect(found.bad[0]!.anomalies[0]).toMatchObject({ record: hit, offset: spans[hit]!.offset });
        expect(found.end).toMatchObject({ records: clips.length, anomalies: [] });
        expectAccounted(found);
      }),
      { numRuns: 100 },
    );
  });

  test('cut at any byte keeps the complete records and names the cut one', async () => {
    await fc.assert(
      fc.asyncProperty(clipsOfFile, anyPlace, chunkSize, async (clips, place, chunkBytes) => {
        const payloads = clips.map(clipToSequenceExample);
        const { bytes, from } = applyDamage(encodeTfRecordFile(payloads), { kind: 'truncate', place });
        const spans = layout(payloads);
        const complete = spans.filter(({ offset, length }) => offset + length <= from).length;
        const found = await inspect(bytes, chunkBytes);
        expect(clipsIn(found)).toEqual(clips.slice(0, complete));
        const { offset } = spans[complete]!;
        const cut = from > offset ? [{ code: 'TFRECORD_TRUNCATED', record: complete, offset }] : [];
        expect(found.bad.flatMap(({ anomalies }) => anomalies)).toMatchObject(cut);
        expect(found.end.anomalies.map(({ code }) => code)).toEqual(from === 0 ? ['FILE_EMPTY'] : []);
        expectAccounted(found);
      }),
      { numRuns: 150 },
    );
  });

  test('with any damage keeps every record whose bytes are untouched, and accounts for the rest', async () => {
    await fc.assert(
      fc.asyncProperty(clipsOfFile, anyDamage, chunkSize, async (clips, damage, chunkBytes) => {
        const payloads = clips.map(clipToSequenceExample);
        const damaged = applyDamage(encodeTfRecordFile(payloads), damage);
        const spans = layout(payloads);
        const kept = clips.filter((_, i) => damaged.keeps(spans[i]!.offset, spans[i]!.length));
        const found = await inspect(damaged.bytes, chunkBytes);
        const ids = new Set(kept.map(({ id }) => id));
        expect(clipsIn(found).filter(({ id }) => ids.has(id))).toEqual(kept);
        // Nothing appears that was not in the file.
        for (const clip of clipsIn(found)) expect(clips).toContainEqual(clip);
        expectAccounted(found);
      }),
      { numRuns: 150 },
    );
  });

  test('of which nothing is a record gives no clip and accounts for every byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), chunkSize, async (bytes, chunkBytes) => {
        const found = await inspect(bytes, chunkBytes);
        expect(found.clips).toEqual([]);
        expectAccounted(found);
        expect(found.bad.length + found.end.anomalies.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  test('gives the same clips in whatever order the records are', async () => {
    const shuffled = clipsOfFile.chain((clips) =>
      fc.tuple(fc.constant(clips), fc.shuffledSubarray(clips, { minLength: clips.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([clips, other]) => {
        const [one, two] = await Promise.all(
          [clips, other].map((order) => inspect(encodeTfRecordFile(order.map(clipToSequenceExample)), 500)),
        );
        const byId = (a: Clip, b: Clip) => (a.id < b.id ? -1 : 1);
        expect(clipsIn(two!)).toEqual(other);
        expect(clipsIn(one!).sort(byId)).toEqual(clipsIn(two!).sort(byId));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a GZIP file', () => {
  test('with any damage keeps every record before the damage, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(anyClips(rules, 8), anyDamage, chunkSize, async (clips, damage, chunkBytes) => {
        const payloads = clips.map(clipToSequenceExample);
        const whole = encodeTfRecordFile(payloads, { compression: 'gzip' });
        const damaged = applyDamage(whole, damage);
        fc.pre(damaged.from >= 10 && !Buffer.from(damaged.bytes).equals(whole));
        const decodable = gunzipSync(whole.subarray(0, damaged.from), {
          finishFlush: constants.Z_SYNC_FLUSH,
        }).length;
        const before = layout(payloads).filter(({ offset, length }) => offset + length <= decodable).length;
        const found = await inspect(damaged.bytes, chunkBytes);
        expect(clipsIn(found).slice(0, before)).toEqual(clips.slice(0, before));
        for (const clip of clipsIn(found)) expect(clips).toContainEqual(clip);
        expect(found.end.compression).toBe('gzip');
        expect(found.end.anomalies.map(({ code }) => code)).toEqual(['COMPRESSION_DAMAGED']);
        expectAccounted(found);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a record with two kinds of damage', () => {
  test('is named once by its framing, since nothing inside can be trusted', async () => {
    const [clip] = fc.sample(anyClips(rules, 1), { numRuns: 1, seed: 3 })[0]!;
    const bytes = new Uint8Array(encodeTfRecordFile([clipToSequenceExample(clip!)]));
    bytes[0]! ^= 4;
    bytes[20]! ^= 4;
    const { bad } = await inspect(bytes, 500);
    expect(bad.flatMap(({ anomalies }) => anomalies.map(({ code }) => code))).toEqual([
      'TFRECORD_LENGTH_CRC_MISMATCH',
    ]);
  });
});
