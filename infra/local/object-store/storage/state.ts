import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { S3Error } from '../protocol/s3-error.ts';
import { Bucket } from './bucket.ts';
import { createBucketFolder, readBucketRecord, syncFolder } from './bucket-folder.ts';
import { Draft } from './draft.ts';

/** Amazon S3 User Guide, "General purpose buckets naming rules". Such a name is safe as a folder name. */
const bucketName = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Everything the store holds, over one folder:
 *
 *     buckets/<bucket>/bucket.json      when it was made, and where
 *     buckets/<bucket>/objects/<hash>   one file an object, metadata included
 *     buckets/<bucket>/uploads/<id>.*   multipart uploads under way
 *     tmp/                              files in the making; emptied at start
 */
export class StoreState {
  readonly #buckets = new Map<string, Bucket>();
  readonly #bucketsPath: string;
  readonly #temporaryPath: string;
  #drafts = 0;

  /** @throws EarshotError STATE_DAMAGED */
  constructor(root: string) {
    this.#bucketsPath = join(root, 'buckets');
    this.#temporaryPath = join(root, 'tmp');
    mkdirSync(this.#bucketsPath, { recursive: true });
    rmSync(this.#temporaryPath, { recursive: true, force: true });
    mkdirSync(this.#temporaryPath);
    for (const name of readdirSync(this.#bucketsPath)) {
      const path = join(this.#bucketsPath, name);
      this.#buckets.set(name, new Bucket(path, readBucketRecord(path)));
    }
  }

  /** In order of their names. */
  buckets(): readonly Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
    }
    return bucket;
  }

  /** A file in the making. The caller has it adopted or discards it. */
  draft(): Draft {
    return new Draft(this.#temporaryName());
  }

  has(name: string): boolean {
    return this.#buckets.has(name);
  }

  /** @throws S3Error InvalidBucketName, BucketAlreadyOwnedByYou */
  createBucket(name: string, location: string): void {
    if (!bucketName.test(name)) throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
    if (this.#buckets.has(name)) {
      throw new S3Error('BucketAlreadyOwnedByYou', 'Your previous request to create the bucket succeeded.');
    }
    const record = { name, created: Date.now(), location };
    createBucketFolder(this.#temporaryName(), this.#bucketsPath, record);
    this.#buckets.set(name, new Bucket(join(this.#bucketsPath, name), record));
  }

  /** Durable when it resolves. @throws S3Error NoSuchBucket, BucketNotEmpty */
  async deleteBucket(name: string): Promise<void> {
    const bucket = this.bucket(name);
    if (bucket.size > 0) {
      throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty');
    }
    const aside = this.#temporaryName();
    renameSync(join(this.#bucketsPath, name), aside);
    this.#buckets.delete(name);
    bucket.markRemoved();
    syncFolder(this.#bucketsPath);
    await bucket.close();
    rmSync(aside, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    for (const bucket of this.#buckets.values()) await bucket.close();
  }

  #temporaryName(): string {
    this.#drafts += 1;
    return join(this.#temporaryPath, String(this.#drafts));
  }
}
