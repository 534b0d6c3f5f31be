import { createHash } from 'node:crypto';
import type { ClipTable } from '../dataset/clip-table.ts';
import { sourceOfClip } from '../dataset/source-of-clip.ts';

/** Fewer clips than this are all trained on, unless early stopping needs some to judge by. */
const fewestClips = 1000;
const validationShare = 0.05;
/** Of fewer clips, where some are needed. */
const shareOfFew = 0.2;
/** More would only cost time. */
const mostValidationClips = 5000;

/**
 * Sets aside about 5 % of the training clips for choices during the run, so that eval is looked at once; of fewer
 * than 1,000 clips none, or about 20 % when they are `needed`.
 * By a hash of the clip's source: a clip stays on its side whatever else is uploaded. The hash is salted,
 * because `splitOfClip` of the dataset has already divided by the plain one.
 */
export function splitValidation(
  table: ClipTable,
  needed = false,
): { train: Uint32Array; validation: Uint32Array } {
  const all = Uint32Array.from({ length: table.clips }, (_, row) => row);
  const few = table.clips < fewestClips;
  if (few && !needed) return { train: all, validation: new Uint32Array(0) };
  const limit = Math.min(few ? shareOfFew : validationShare, mostValidationClips / table.clips) * 2 ** 32;
  const aside = (row: number) => hash(table.ids[row]!) < limit;
  return { train: all.filter((row) => !aside(row)), validation: all.filter(aside) };
}

function hash(id: string): number {
  return createHash('sha256')
    .update('validation\0')
    .update(sourceOfClip(id), 'utf8')
    .digest()
    .readUInt32BE(0);
}
