import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../../../../shared/errors/earshot-error.ts';
import { type BucketRecord, bucketFolders } from './bucket.ts';

/** Makes the folder of a new bucket under a temporary name and moves it in place whole. Durable when it returns. */
export function createBucketFolder(temporary: string, parent: string, record: BucketRecord): void {
  mkdirSync(join(temporary, bucketFolders.objects), { recursive: true });
  mkdirSync(join(temporary, bucketFolders.uploads));
  const descriptor = openSync(join(temporary, bucketFolders.record), 'wx');
  writeSync(descriptor, JSON.stringify(record));
  fsyncSync(descriptor);
  closeSync(descriptor);
  syncFolder(temporary);
  renameSync(temporary, join(parent, record.name));
  syncFolder(parent);
}

/** @throws EarshotError STATE_DAMAGED */
export function readBucketRecord(path: string): BucketRecord {
  const file = join(path, bucketFolders.record);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as BucketRecord;
  } catch (error) {
    throw new EarshotError('STATE_DAMAGED', { file, expected: 'the record of a bucket' }, { cause: error });
  }
}

export function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
