import { S3Error } from './protocol/s3-error.ts';

/** No space, and no more of it for this user. */
const outOfSpace = ['ENOSPC', 'EDQUOT'];
/** Milliseconds. Many uploads meet a full disk at once; one line tells of all. */
const silence = 60_000;

/** What a store says when the disk below it is full. */
export class FullDisk {
  readonly #root: string;
  #told = Number.NEGATIVE_INFINITY;

  /** @param root the folder of the store */
  constructor(root: string) {
    this.#root = root;
  }

  /** The answer to a request that failed for want of room, which it logs; null when it failed for another reason. */
  refusal(error: unknown): S3Error | null {
    const cause = spaceError(error);
    if (cause === null) return null;
    const now = performance.now();
    if (now - this.#told >= silence) {
      this.#told = now;
      console.error(
        `object store: no room on the disk of ${this.#root} (${cause.message}); what would be written there is refused until there is`,
      );
    }
    return new S3Error('InsufficientStorage', 'The disk of the object store is full; nothing was written.');
  }
}

/** The journal of events tells it as the cause of its own error. */
function spaceError(error: unknown): Error | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (outOfSpace.includes((one as NodeJS.ErrnoException).code ?? '')) return one;
  }
  return null;
}
