/** What is known of an object without reading it. */
export interface ObjectInfo {
  readonly key: string;
  /** Without quotes. Changes whenever the content does. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
}

export interface StoredObject {
  readonly info: ObjectInfo;
  readonly bytes: Uint8Array;
}

export interface ObjectStream {
  readonly info: ObjectInfo;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Bytes that are not all in memory. */
export interface RangedBytes {
  readonly length: number;
  /** Those from `start` up to `end`, which is exclusive. May be asked for several ranges at once, and again. */
  read(start: number, end: number): Promise<Uint8Array>;
}

export interface ReadOptions {
  /** Read only this version; another one counts as absent. */
  readonly ifMatch?: string;
  /** Bytes `start` to `end`, both inclusive, as in HTTP. */
  readonly range?: { readonly start: number; readonly end: number };
}

export interface WriteOptions {
  /** Write only over this version. */
  readonly ifMatch?: string;
  /** Write only when there is no such object. */
  readonly ifAbsent?: boolean;
  readonly contentType?: string;
}

/** `written: false` when the condition did not hold; the object is then as the other writer left it. */
export type WriteResult = { readonly written: true; readonly etag: string } | { readonly written: false };

/**
 * The one way to the bucket. Keys are opaque strings, never joined as file paths. Every method throws
 * `STORE_UNREACHABLE`, `STORE_DENIED`, `STORE_FULL` or `STORE_FAILED`; what is absent is `null`, not an error.
 */
export interface ObjectStore {
  head(key: string): Promise<ObjectInfo | null>;
  get(key: string, options?: ReadOptions): Promise<StoredObject | null>;
  stream(key: string, options?: ReadOptions): Promise<ObjectStream | null>;
  /** Of ranged bytes no more than a few parts are in memory at once. */
  put(key: string, bytes: Uint8Array | RangedBytes, options?: WriteOptions): Promise<WriteResult>;
  delete(key: string): Promise<void>;
  /** In ascending order of the key's UTF-8 bytes. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
}
