import { createHash } from 'node:crypto';
import type { Split } from './keys.ts';
import { sourceOfClip } from './source-of-clip.ts';

/**
 * Where a clip of an upload to `all` goes: the first 32 bits of SHA-256 of its source, for most the whole id, as a
 * fraction, below `evalShare` means eval. Stable over uploads, files and versions.
 */
export function splitOfClip(id: string, evalShare: number): Split {
  const fraction = createHash('sha256').update(sourceOfClip(id), 'utf8').digest().readUInt32BE(0) / 2 ** 32;
  return fraction < evalShare ? 'eval' : 'train';
}
