import { createHash } from 'node:crypto';
import { crc32, crc32c } from '@node-rs/crc32';
import { Crc64Nvme } from './crc64-nvme.ts';

/** The algorithms of `x-amz-checksum-…` (Amazon S3 User Guide, "Checking object integrity"). */
export const checksumAlgorithms = ['crc32', 'crc32c', 'sha1', 'sha256', 'crc64nvme'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** Over the checksums of the parts, or over the bytes. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT';

/** A checksum as kept with an object. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64, and `-N` after it when composite of N parts. */
  readonly value: string;
  readonly type: ChecksumType;
}

/** Bytes of the digest of each algorithm. */
export const digestLength: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  sha1: 20,
  sha256: 32,
  crc64nvme: 8,
};

export interface RunningChecksum {
  update(bytes: Buffer): unknown;
  digest(): Buffer;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === 'crc64nvme') return new Crc64Nvme();
  if (algorithm === 'crc32') return new Crc32(crc32);
  if (algorithm === 'crc32c') return new Crc32(crc32c);
  return createHash(algorithm);
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (checksumAlgorithms as readonly string[]).includes(name);
}

type Crc32Function = (input: Uint8Array, initialState?: number) => number;

class Crc32 {
  readonly #compute: Crc32Function;
  #state = 0;

  constructor(compute: Crc32Function) {
    this.#compute = compute;
  }

  update(bytes: Buffer): void {
    this.#state = this.#compute(bytes, this.#state);
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#state >>> 0);
    return bytes;
  }
}
