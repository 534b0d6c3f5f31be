import { createHash } from 'node:crypto';
import type { ServedModel } from './clips.ts';

/**
 * Whether the candidate answers a request: always the same for the same id and candidate, and so also for a larger
 * share. Ids that are chosen at random fall evenly.
 *
 * @param share 0..1
 */
export function isInShare(request: string, candidate: string, share: number): boolean {
  if (share <= 0) return false;
  const digest = createHash('sha256').update(`${candidate}\n${request}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < share;
}

/**
 * Whether a candidate can answer what stable is asked: it takes the same clips, has the same labels, and scores frames
 * where stable does. So a share of the traffic never makes a right request a wrong one.
 */
export function canStandIn({ saved: candidate }: ServedModel, { saved: stable }: ServedModel): boolean {
  return (
    takesSameFrames(candidate, stable) &&
    candidate.spec.maxFrames === stable.spec.maxFrames &&
    (candidate.scoresFrames || !stable.scoresFrames) &&
    candidate.labels.length === stable.labels.length &&
    candidate.labels.every(
      ({ mid, displayName }, i) =>
        mid === stable.labels[i]!.mid && displayName === stable.labels[i]!.displayName,
    )
  );
}

type Saved = ServedModel['saved'];

export const takesSameFrames = (one: Saved, other: Saved): boolean =>
  one.spec.width === other.spec.width && one.preprocessing.dtype === other.preprocessing.dtype;
