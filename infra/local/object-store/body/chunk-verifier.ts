import { createHash, type Hash } from 'node:crypto';
import { S3Error } from '../protocol/s3-error.ts';
import { type Authentication, sameSignature } from '../signature/authenticate.ts';
import { hmac, scopeText } from '../signature/signing-key.ts';

const emptyHash = createHash('sha256').digest('hex');

/**
 * Verifies the chain of signatures of an aws-chunked body, each over the one before it
 * (Amazon S3 API Reference, "Signature Calculations: Transferring Payload in Multiple Chunks").
 */
export class ChunkVerifier {
  readonly #authentication: Authentication;
  #previous: string;
  #hash: Hash = createHash('sha256');

  constructor(authentication: Authentication) {
    this.#authentication = authentication;
    this.#previous = authentication.signature;
  }

  update(piece: Buffer): void {
    this.#hash.update(piece);
  }

  /** @throws S3Error SignatureDoesNotMatch */
  endChunk(received: string): void {
    const hash = this.#hash.digest('hex');
    this.#hash = createHash('sha256');
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', `${emptyHash}\n${hash}`, received);
  }

  /** @param lines `name:value` of each trailing header @throws S3Error SignatureDoesNotMatch */
  endTrailer(lines: readonly string[], received: string): void {
    const text = lines.map((line) => `${line}\n`).join('');
    const hash = createHash('sha256').update(text, 'latin1').digest('hex');
    this.#check('AWS4-HMAC-SHA256-TRAILER', hash, received);
  }

  #check(kind: string, hashes: string, received: string): void {
    const { time, scope, signingKey } = this.#authentication;
    const toSign = [kind, time, scopeText(scope), this.#previous, hashes].join('\n');
    const computed = hmac(signingKey, toSign).toString('hex');
    if (!sameSignature(computed, received)) {
      throw new S3Error('SignatureDoesNotMatch', 'The signature of a chunk does not match its bytes.');
    }
    this.#previous = computed;
  }
}
