import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { S3Error } from '../protocol/s3-error.ts';
import type { Draft } from './draft.ts';
import { DurableFolder } from './durable-folder.ts';
import { toByteForm } from './key-order.ts';
import { readTrailer } from './object-file.ts';
import type { ObjectRecord } from './object-record.ts';
import { SortedKeys } from './sorted-keys.ts';
import { UploadStore } from './upload-store.ts';

/** What is kept of a bucket besides its objects. */
export interface BucketRecord {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** As given at creation; '' when it was not. */
  readonly location: string;
}

/** The names of a bucket's folders. */
export const bucketFolders = { objects: 'objects', uploads: 'uploads', record: 'bucket.json' } as const;

/**
 * The objects of one bucket. What is known of them is held in memory, read once from the trailers; content stays
 * on the disk. A change is one rename and one change of the index in the same turn of the event loop, so no
 * reader sees one without the other and a condition cannot be overtaken between its check and its write.
 */
export class Bucket {
  readonly record: BucketRecord;
  readonly uploads: UploadStore;
  readonly #folder: DurableFolder;
  readonly #objects: Map<string, ObjectRecord>;
  readonly #keys: SortedKeys;
  #removed = false;

  constructor(path: string, record: BucketRecord) {
    this.record = record;
    this.uploads = new UploadStore(join(path, bucketFolders.uploads));
    this.#folder = new DurableFolder(join(path, bucketFolders.objects));
    this.#objects = new Map(
      readdirSync(this.#folder.path).map((name) => {
        const object = readTrailer<ObjectRecord>(join(this.#folder.path, name));
        return [toByteForm(object.key), object];
      }),
    );
    this.#keys = new SortedKeys([...this.#objects.keys()]);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** For requests under way: @throws S3Error NoSuchBucket once the bucket is deleted */
  assertPresent(): void {
    if (this.#removed) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  }

  find(key: string): ObjectRecord | undefined {
    return this.#objects.get(toByteForm(key));
  }

  findByteForm(byteForm: string): ObjectRecord | undefined {
    return this.#objects.get(byteForm);
  }

  /** Keys in byte form, in order, that are `bound` or greater. */
  keysFrom(bound: string): Generator<string> {
    return this.#keys.from(bound);
  }

  /** Where the bytes of an object are: the first `size` bytes of this file. Open it in the turn of `find`. */
  pathOf(key: string): string {
    return join(this.#folder.path, fileName(key));
  }

  /** Puts a sealed draft in the place of the object; visible at once, durable after `sync`. */
  commit(record: ObjectRecord, draft: Draft): void {
    draft.adoptInto(this.#folder, fileName(record.key));
    const byteForm = toByteForm(record.key);
    if (!this.#objects.has(byteForm)) this.#keys.add(byteForm);
    this.#objects.set(byteForm, record);
  }

  /** Removes an object that exists; gone at once, durably after `sync`. */
  remove(key: string): void {
    this.#folder.remove(fileName(key));
    const byteForm = toByteForm(key);
    this.#objects.delete(byteForm);
    this.#keys.remove(byteForm);
  }

  sync(): Promise<void> {
    return this.#folder.sync();
  }

  markRemoved(): void {
    this.#removed = true;
  }

  async close(): Promise<void> {
    await this.#folder.close();
    await this.uploads.close();
  }
}

/**
 * A hash, because keys may be longer than file names, may differ only in case, and may hold `..`, slashes and
 * NUL. The key itself is in the record.
 */
function fileName(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}
