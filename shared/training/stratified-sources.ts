import { createHash } from 'node:crypto';
import type { ClipTable } from '../dataset/clip-table.ts';
import { sourceOfClip } from '../dataset/source-of-clip.ts';

type Labelled = Pick<ClipTable, 'clips' | 'ids' | 'labelOffsets' | 'labelIndices'>;

/**
 * Divides clips into so many folds, each of about as many clips of every label; clips of one source are in one fold. By
 * a hash of the sources, so the same clips give the same folds. Returns the fold of each clip.
 * @param folds at least 2
 */
export function foldsOf(table: Labelled, folds: number): Uint8Array {
  const foldOf = new Uint8Array(table.clips);
  let next = 0;
  for (const sources of strata(table, everyRow(table), 'fold')) {
    for (const rows of sources) {
      for (const row of rows) foldOf[row] = next % folds;
      next++;
    }
  }
  return foldOf;
}

/**
 * About a share of the rows, whole sources, with about that share of every label; a smaller share is part of a larger
 * one. Ascending.
 * @param share above 0, at most 1
 */
export function shareOfRows(table: Labelled, rows: Uint32Array, share: number): Uint32Array {
  if (share >= 1) return rows;
  const placed = strata(table, rows, 'share').flatMap((sources) =>
    sources.map((own, i) => ({ own, place: (i + 0.5) / sources.length })),
  );
  placed.sort((a, b) => a.place - b.place);
  const taken: number[] = [];
  for (const { own } of placed) {
    if (taken.length >= share * rows.length) break;
    taken.push(...own);
  }
  return Uint32Array.from(taken).sort();
}

/** For each label, the sources (their rows) of which it is the rarest label, in the order of a salted hash. */
function strata(table: Labelled, rows: Uint32Array, salt: string): number[][][] {
  const counts = new Map<number, number>();
  for (const row of rows)
    for (const label of labelsOf(table, row)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const bySource = new Map<string, number[]>();
  for (const row of rows) {
    const source = sourceOfClip(table.ids[row]!);
    const own = bySource.get(source);
    if (own === undefined) bySource.set(source, [row]);
    else own.push(row);
  }
  const inOrder = Array.from(bySource, ([source, own]) => ({ own, hash: hashOf(salt, source) }));
  inOrder.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const byLabel = new Map<number, number[][]>();
  for (const { own } of inOrder) {
    const labels = own.flatMap((row) => labelsOf(table, row));
    const rarest = labels.sort((a, b) => counts.get(a)! - counts.get(b)! || a - b)[0] ?? -1;
    byLabel.set(rarest, [...(byLabel.get(rarest) ?? []), own]);
  }
  return [...byLabel.entries()].sort(([a], [b]) => a - b).map(([, sources]) => sources);
}

const labelsOf = ({ labelOffsets, labelIndices }: Labelled, row: number): number[] => [
  ...labelIndices.subarray(labelOffsets[row]!, labelOffsets[row + 1]!),
];

const everyRow = ({ clips }: Labelled) => Uint32Array.from({ length: clips }, (_, row) => row);

const hashOf = (salt: string, source: string) =>
  createHash('sha256').update(`${salt}\0`).update(source, 'utf8').digest('hex');
