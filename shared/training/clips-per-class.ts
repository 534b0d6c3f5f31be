import type { ClipTable } from '../dataset/clip-table.ts';

/** Mean number of clips over the labels that any clip has; 0 when none has one. */
export function clipsPerClass({ labelIndices }: Pick<ClipTable, 'labelIndices'>): number {
  const classes = new Set(labelIndices).size;
  return classes === 0 ? 0 : labelIndices.length / classes;
}
