import { createHash, type Hash } from 'node:crypto';
import { S3Error } from '../protocol/s3-error.ts';
import { header, type S3Request } from '../protocol/s3-request.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  digestLength,
  isChecksumAlgorithm,
  type RunningChecksum,
  startChecksum,
} from './checksum.ts';

const prefix = 'x-amz-checksum-';

/** What a client claims of the bytes it sends. */
interface Claims {
  readonly md5: Buffer | null;
  /** Hex. */
  readonly sha256: string | null;
  readonly algorithm: ChecksumAlgorithm | null;
  /** Base64; null when it comes in the trailer. */
  readonly checksum: string | null;
}

export interface IntegrityOptions {
  /** An algorithm to compute even when the request claims none. */
  readonly compute?: ChecksumAlgorithm | null;
  /** The `x-amz-checksum-` headers speak of something else than the body, e.g. of the object being completed. */
  readonly checksumOfAnother?: boolean;
}

/** What the bytes turned out to be. */
export interface BodyDigests {
  readonly md5: Buffer;
  readonly checksum: Checksum | null;
}

/** Computes the digests of a body as it passes, and holds them against what the client claims. */
export class BodyIntegrity {
  readonly #claims: Claims;
  readonly #announced: readonly string[];
  readonly #md5: Hash = createHash('md5');
  readonly #sha256: Hash | null;
  readonly #checksum: RunningChecksum | null;

  /**
   * @param payloadHash as signed
   * @throws S3Error InvalidDigest, InvalidRequest
   */
  constructor(request: S3Request, payloadHash: string, options: IntegrityOptions = {}) {
    const claims = readClaims(request, payloadHash);
    const claimed = options.checksumOfAnother ? unclaimed : claimedChecksum(request);
    const algorithm = claimed.algorithm ?? options.compute ?? null;
    this.#claims = { ...claims, ...claimed, algorithm };
    this.#announced = announcedTrailers(request);
    this.#sha256 = claims.sha256 === null ? null : createHash('sha256');
    this.#checksum = algorithm === null ? null : startChecksum(algorithm);
  }

  update(chunk: Buffer): void {
    this.#md5.update(chunk);
    this.#sha256?.update(chunk);
    this.#checksum?.update(chunk);
  }

  /** @throws S3Error BadDigest, XAmzContentSHA256Mismatch, MalformedTrailerError */
  finish(trailers: ReadonlyMap<string, string>): BodyDigests {
    const { algorithm } = this.#claims;
    for (const name of this.#announced) {
      if (!trailers.has(name))
        throw new S3Error('MalformedTrailerError', `The trailing header ${name} is missing.`);
    }
    const md5 = this.#md5.digest();
    if (this.#claims.md5 !== null && !this.#claims.md5.equals(md5)) {
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    if (this.#sha256 !== null && this.#sha256.digest('hex') !== this.#claims.sha256) {
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    if (algorithm === null || this.#checksum === null) return { md5, checksum: null };
    const value = this.#checksum.digest().toString('base64');
    const claimed = this.#claims.checksum ?? trailers.get(`${prefix}${algorithm}`) ?? null;
    if (claimed !== null && claimed !== value) {
      throw new S3Error(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated one.`,
      );
    }
    return { md5, checksum: { algorithm, value, type: 'FULL_OBJECT' } };
  }
}

function readClaims(request: S3Request, payloadHash: string): Pick<Claims, 'md5' | 'sha256'> {
  const md5Text = header(request, 'content-md5');
  const md5 = md5Text === null ? null : Buffer.from(md5Text, 'base64');
  if (md5 !== null && md5.length !== 16) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  const sha256 = /^[0-9a-f]{64}$/.test(payloadHash) ? payloadHash : null;
  const protection =
    sha256 !== null || payloadHash === 'UNSIGNED-PAYLOAD' || payloadHash.startsWith('STREAMING-');
  if (!protection)
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 must be a SHA-256 or a known word.');
  return { md5, sha256 };
}

const unclaimed = { algorithm: null, checksum: null };

function claimedChecksum(request: S3Request): Pick<Claims, 'algorithm' | 'checksum'> {
  const given = checksumAlgorithms.filter((name) => header(request, `${prefix}${name}`) !== null);
  const trailing = announcedTrailers(request).map((name) => name.slice(prefix.length));
  const [algorithm = null, another] = [...given, ...trailing];
  if (algorithm === null) return unclaimed;
  if (another !== undefined || !isChecksumAlgorithm(algorithm)) {
    throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header, of a known algorithm.');
  }
  const checksum = header(request, `${prefix}${algorithm}`);
  if (checksum !== null && Buffer.from(checksum, 'base64').length !== digestLength[algorithm]) {
    throw new S3Error('InvalidRequest', `Value for ${prefix}${algorithm} header is invalid.`);
  }
  return { algorithm, checksum };
}

function announcedTrailers(request: S3Request): readonly string[] {
  const names = header(request, 'x-amz-trailer');
  if (names === null) return [];
  return names
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
