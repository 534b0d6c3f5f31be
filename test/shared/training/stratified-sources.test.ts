import { describe, expect, it } from 'vitest';
import type { ClipTable } from '../../../shared/dataset/clip-table.ts';
import { sourceOfClip } from '../../../shared/dataset/source-of-clip.ts';
import { foldsOf, shareOfRows } from '../../../shared/training/stratified-sources.ts';
import { toneClips } from './tone-clips.ts';

/** Two clips of each of 100 sources. */
const base = toneClips({ clips: 200, width: 1, maxFrames: 1 });
const table: ClipTable = { ...base, ids: base.ids.map((_, i) => `source-${i >> 1}#${i}`) };
const sourceOf = (row: number) => sourceOfClip(table.ids[row]!);
const everyRow = Uint32Array.from({ length: table.clips }, (_, row) => row);
const withLabel = (rows: readonly number[], label: number) =>
  rows.filter((row) =>
    table.labelIndices.subarray(table.labelOffsets[row]!, table.labelOffsets[row + 1]!).includes(label),
  ).length;

describe('folds', () => {
  const folds = foldsOf(table, 5);
  const inFold = (fold: number) => [...everyRow].filter((row) => folds[row] === fold);

  it('hold about as many clips each, and of every label', () => {
    for (let fold = 0; fold < 5; fold++) {
      expect(inFold(fold)).toHaveLength(40);
      for (let label = 0; label < 4; label++) {
        const share = withLabel(inFold(fold), label) / withLabel([...everyRow], label);
        expect(share).toBeGreaterThan(0.05);
        expect(share).toBeLessThan(0.4);
      }
    }
  });

  it('have every source on one side, and are the same again', () => {
    const foldOfSource = new Map(Array.from(everyRow, (row) => [sourceOf(row), folds[row]]));
    for (const row of everyRow) expect(folds[row]).toBe(foldOfSource.get(sourceOf(row)));
    expect(foldsOf(table, 5)).toEqual(folds);
  });
});

describe('a share of the rows', () => {
  const rows = everyRow.filter((row) => row % 10 !== 0 && row % 10 !== 1);

  it('has that share of every label, whole sources, and lies in every larger one', () => {
    let smaller = new Set<number>();
    for (const share of [0.25, 0.5, 0.75]) {
      const taken = [...shareOfRows(table, rows, share)];
      expect(Math.abs(taken.length - share * rows.length)).toBeLessThanOrEqual(2);
      for (let label = 0; label < 4; label++) {
        const all = withLabel([...rows], label);
        expect(Math.abs(withLabel(taken, label) - share * all)).toBeLessThan(0.15 * all);
      }
      const sources = new Set(taken.map(sourceOf));
      expect(taken).toEqual([...rows].filter((row) => sources.has(sourceOf(row))));
      expect([...smaller].every((row) => taken.includes(row))).toBe(true);
      smaller = new Set(taken);
    }
    expect(shareOfRows(table, rows, 1)).toEqual(rows);
  });
});
