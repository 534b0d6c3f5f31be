import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipTableOf } from '../../../shared/dataset/clip-rows.ts';
import type { Split } from '../../../shared/dataset/keys.ts';
import { type SourceShard, settleClips } from '../../../shared/dataset/settle-clips.ts';
import { clipOf } from '../../fixtures/clips.ts';

const labelCount = 5;
const shape = { width: 1, maxFrames: 1, dtype: 'uint8' } as const;

interface Occurrence {
  readonly id: string;
  readonly labels: readonly number[];
}

function shardOf(file: string, split: Split, clips: readonly Occurrence[]): SourceShard {
  return {
    split,
    file,
    table: clipTableOf(
      clips.map((clip) => clipOf(shape, clip)),
      shape,
    ),
  };
}

/** Files in ascending order; ids that meet again and again; labels within and outside the list. */
const anyShards: fc.Arbitrary<SourceShard[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom<Split | 'all'>('train', 'eval', 'all'),
      fc.uniqueArray(
        fc.record({
          id: fc.constantFrom(...'abcdefgh'),
          labels: fc.constantFrom([], [0], [1, 4], [4, 5], [9]),
        }),
        { maxLength: 6, selector: ({ id }) => id },
      ),
    ),
    { maxLength: 6 },
  )
  .map((files) =>
    files.flatMap(([split, clips], i) => {
      const name = `file ${i}`;
      if (split !== 'all') return [shardOf(name, split, clips)];
      const toEval = ({ id }: Occurrence) => id < 'd';
      return [
        shardOf(
          name,
          'train',
          clips.filter((clip) => !toEval(clip)),
        ),
        shardOf(name, 'eval', clips.filter(toEval)),
      ];
    }),
  );

/** What must come out, by looking through everything for every clip. */
function settledNaively(shards: readonly SourceShard[]): string[] {
  const clips = shards.flatMap(({ split, file, table }) =>
    table.ids.map((id, row) => {
      const labels = [...table.labelIndices.subarray(table.labelOffsets[row], table.labelOffsets[row + 1])];
      return { id, split, file, known: labels.every((label) => label < labelCount) };
    }),
  );
  return clips.map((clip, i) => {
    const verdict = () => {
      if (!clip.known) return 'LABEL_UNKNOWN';
      const twins = clips.slice(0, i).filter(({ id, known }) => id === clip.id && known);
      if (twins.some(({ split }) => split === clip.split)) return 'DUPLICATE_CLIP';
      const inEval = clips.some(({ id, known, split }) => id === clip.id && known && split === 'eval');
      return clip.split === 'train' && inEval ? 'LEAKED_CLIP' : 'kept';
    };
    return `${clip.file} ${clip.split} ${clip.id} ${verdict()}`;
  });
}

function described(shards: readonly SourceShard[]): string[] {
  const { kept, excluded } = settleClips(shards, labelCount);
  const left = excluded.listed.map(({ file, split, clip, code }) => `${file} ${split} ${clip} ${code}`);
  const stayed = kept.flatMap(({ rows }, i) =>
    rows.map((row) => `${shards[i]!.file} ${shards[i]!.split} ${shards[i]!.table.ids[row]} kept`),
  );
  return [...left, ...stayed].sort();
}

describe('settling the clips of a dataset', () => {
  it('gives each the verdict of a search through all of them', () => {
    fc.assert(
      fc.property(anyShards, (shards) => {
        expect(described(shards)).toEqual(settledNaively(shards).sort());
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every clip that has a good record somewhere, once', () => {
    fc.assert(
      fc.property(anyShards, (shards) => {
        const { kept } = settleClips(shards, labelCount);
        const keptIds = kept.flatMap(({ rows }, i) => rows.map((row) => shards[i]!.table.ids[row]!));
        const good = shards.flatMap(({ table }) =>
          table.ids.filter((_, row) =>
            table.labelIndices
              .subarray(table.labelOffsets[row], table.labelOffsets[row + 1])
              .every((label) => label < labelCount),
          ),
        );
        expect(keptIds.sort()).toEqual([...new Set(good)].sort());
      }),
    );
  });

  it('says of each clip left out where it stands and what it met', () => {
    const shards = [
      shardOf('a', 'eval', [{ id: 'x', labels: [0] }]),
      shardOf('b', 'train', [
        { id: 'x', labels: [0] },
        { id: 'y', labels: [1, 7] },
        { id: 'z', labels: [] },
      ]),
      shardOf('c', 'train', [{ id: 'z', labels: [2] }]),
    ];
    expect(settleClips(shards, labelCount)).toEqual({
      kept: [
        { rows: [0], all: true },
        { rows: [2], all: false },
        { rows: [], all: false },
      ],
      excluded: {
        counts: { LEAKED_CLIP: 1, LABEL_UNKNOWN: 1, DUPLICATE_CLIP: 1 },
        listed: [
          { code: 'LEAKED_CLIP', clip: 'x', split: 'train', file: 'b', received: 'also in a' },
          { code: 'LABEL_UNKNOWN', clip: 'y', split: 'train', file: 'b', received: 'label 7 of 5' },
          { code: 'DUPLICATE_CLIP', clip: 'z', split: 'train', file: 'c', received: 'also in b' },
        ],
      },
    });
  });

  it('counts every clip left out, and lists the first hundred of each reason', () => {
    const wrong = Array.from({ length: 250 }, (_, i) => ({ id: `w${i}`, labels: [7] }));
    const twins = Array.from({ length: 120 }, (_, i) => ({ id: `t${i}`, labels: [0] }));
    const shards = [shardOf('a', 'train', [...wrong, ...twins]), shardOf('b', 'train', twins)];
    const { kept, excluded } = settleClips(shards, labelCount);
    expect(kept.map(({ rows }) => rows.length)).toEqual([120, 0]);
    expect(excluded.counts).toEqual({ LABEL_UNKNOWN: 250, DUPLICATE_CLIP: 120 });
    expect(excluded.listed.map(({ clip }) => clip)).toEqual([
      ...wrong.slice(0, 100).map(({ id }) => id),
      ...twins.slice(0, 100).map(({ id }) => id),
    ]);
  });
});
