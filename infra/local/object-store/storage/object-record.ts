import type { Checksum } from '../body/checksum.ts';

/** What the store knows of an object besides its bytes. */
export interface ObjectRecord {
  readonly key: string;
  /** Hex MD5 of the bytes, or for multipart the MD5 of the parts' MD5s and `-N`. Without quotes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  /** Headers to send back with the object, by lower-case name: content-type, cache-control, x-amz-meta-…. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: Checksum | null;
}
