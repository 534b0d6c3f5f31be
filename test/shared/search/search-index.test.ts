import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockRange,
  decodeSearchBlock,
  decodeSearchHeader,
  encodeSearchIndex,
  headerBytes,
  searchDepth,
} from '../../../shared/search/search-index.ts';

/** Scores with many that are equal, of more clips than an index holds and of fewer. */
const anyScores = fc
  .tuple(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 5 }))
  .chain(([clips, labels]) =>
    fc.record({
      labels: fc.constant(labels),
      scores: fc
        .array(fc.oneof(fc.constantFrom(0, 0.25, 1), fc.float({ min: 0, max: 1, noNaN: true })), {
          minLength: clips * labels,
          maxLength: clips * labels,
        })
        .map((values) => Float32Array.from(values)),
    }),
  );

function searched(index: Uint8Array, label: number) {
  const header = decodeSearchHeader(index.subarray(0, headerBytes), 'search.bin');
  const { start, end } = blockRange(header, label);
  return decodeSearchBlock(index.subarray(start, end + 1), header, label, 'search.bin');
}

describe('a search index', () => {
  it('holds of each label what sorting all clips gives, equal ones in row order', () => {
    fc.assert(
      fc.property(anyScores, ({ scores, labels }) => {
        const index = encodeSearchIndex(scores, labels);
        const clips = scores.length / labels;
        for (let label = 0; label < labels; label++) {
          const ranked = Array.from({ length: clips }, (_, row) => ({
            row,
            probability: scores[row * labels + label]!,
          })).sort((a, b) => b.probability - a.probability || a.row - b.row);
          expect(searched(index, label)).toEqual(ranked.slice(0, searchDepth));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is as large as its labels, whatever the clips', () => {
    const size = (clips: number) => encodeSearchIndex(new Float32Array(clips * 3).fill(0.5), 3).length;
    expect(size(4000)).toBe(size(50));
    expect(size(50)).toBe(32 + 3 * (8 + 8 * 50));
  });

  it('that was changed or cut is found to be so', () => {
    const index = encodeSearchIndex(
      Float32Array.from({ length: 12 }, (_, i) => i / 12),
      3,
    );
    const corrupt = expect.objectContaining({ code: 'SEARCH_INDEX_CORRUPT' });
    for (let at = 0; at < index.length; at++) {
      const changed = Uint8Array.from(index);
      changed[at]! ^= 4;
      expect(() => [0, 1, 2].map((label) => searched(changed, label)), `byte ${at}`).toThrow(corrupt);
    }
    expect(() => searched(index.subarray(0, headerBytes - 1), 0)).toThrow(corrupt);
    expect(() => searched(index.subarray(0, -1), 2)).toThrow(corrupt);
  });

  it('of another label is not taken for the one that was asked for', () => {
    const index = encodeSearchIndex(new Float32Array(6), 2);
    const header = decodeSearchHeader(index.subarray(0, headerBytes), 'search.bin');
    const { start, end } = blockRange(header, 1);
    expect(() => decodeSearchBlock(index.subarray(start, end + 1), header, 0, 'search.bin')).toThrow(
      expect.objectContaining({ code: 'SEARCH_INDEX_CORRUPT' }),
    );
  });
});
