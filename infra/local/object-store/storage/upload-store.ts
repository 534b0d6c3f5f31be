import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../body/checksum.ts';
import { S3Error } from '../protocol/s3-error.ts';
import type { Draft } from './draft.ts';
import { DurableFolder } from './durable-folder.ts';
import { readTrailer } from './object-file.ts';

/** What is known of a multipart upload besides its parts. */
export interface UploadRecord {
  readonly uploadId: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly initiated: number;
  /** Headers for the object to come, as in `ObjectRecord`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksumAlgorithm: ChecksumAlgorithm | null;
  readonly checksumType: ChecksumType;
}

export interface PartRecord {
  /** 1 to 10,000. */
  readonly partNumber: number;
  /** Hex MD5 of the bytes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  readonly checksum: Checksum | null;
}

export interface Upload {
  readonly record: UploadRecord;
  readonly parts: Map<number, PartRecord>;
}

const uploadSuffix = 'upload';

/** The multipart uploads of a bucket that are neither completed nor aborted. */
export class UploadStore {
  readonly #folder: DurableFolder;
  readonly #uploads = new Map<string, Upload>();

  constructor(path: string) {
    this.#folder = new DurableFolder(path);
    const names = readdirSync(path).map((name) => ({ name, ...splitName(name) }));
    for (const { name, suffix } of names) {
      if (suffix !== uploadSuffix) continue;
      const record = readTrailer<UploadRecord>(join(path, name));
      this.#uploads.set(record.uploadId, { record, parts: new Map() });
    }
    for (const { name, uploadId, suffix } of names) {
      if (suffix === uploadSuffix) continue;
      const upload = this.#uploads.get(uploadId);
      // A part without its upload is what a crash left of a removal.
      if (upload === undefined) this.#folder.remove(name);
      else upload.parts.set(Number(suffix), readTrailer<PartRecord>(join(path, name)));
    }
  }

  /** In no order that means anything. */
  list(): readonly UploadRecord[] {
    return [...this.#uploads.values()].map(({ record }) => record);
  }

  /** @throws S3Error NoSuchUpload, also for the id of another key's upload */
  find(uploadId: string, key: string): Upload {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined || upload.record.key !== key) {
      throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.');
    }
    return upload;
  }

  partPath(uploadId: string, partNumber: number): string {
    return join(this.#folder.path, `${uploadId}.${partNumber}`);
  }

  begin(record: UploadRecord, draft: Draft): void {
    draft.adoptInto(this.#folder, `${record.uploadId}.${uploadSuffix}`);
    this.#uploads.set(record.uploadId, { record, parts: new Map() });
  }

  /** @throws S3Error NoSuchUpload when the upload was ended meanwhile */
  commitPart(upload: UploadRecord, part: PartRecord, draft: Draft): void {
    const { parts } = this.find(upload.uploadId, upload.key);
    draft.adoptInto(this.#folder, `${upload.uploadId}.${part.partNumber}`);
    parts.set(part.partNumber, part);
  }

  /** Takes an upload out of reach of other requests while it is being completed. */
  claim(upload: Upload): void {
    this.#uploads.delete(upload.record.uploadId);
  }

  /** Gives a claimed upload back, when it could not be completed. */
  release(upload: Upload): void {
    this.#uploads.set(upload.record.uploadId, upload);
  }

  /** Removes an upload and its parts; for good after `sync`. */
  remove(upload: Upload): void {
    const { uploadId } = upload.record;
    this.#uploads.delete(uploadId);
    this.#folder.remove(`${uploadId}.${uploadSuffix}`);
    for (const partNumber of upload.parts.keys()) this.#folder.remove(`${uploadId}.${partNumber}`);
  }

  sync(): Promise<void> {
    return this.#folder.sync();
  }

  close(): Promise<void> {
    return this.#folder.close();
  }
}

export function newUploadId(): string {
  return randomBytes(16).toString('hex');
}

function splitName(name: string): { uploadId: string; suffix: string } {
  const dot = name.lastIndexOf('.');
  return { uploadId: name.slice(0, dot), suffix: name.slice(dot + 1) };
}
