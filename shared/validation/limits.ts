/** What one file and one record may be; a function shards a file within its memory. */
export const uploadLimits = {
  /** Bytes of one record; a clip of 10 × 128 takes 1.5 kB. */
  maxRecordBytes: 16 * 1024 * 1024,
  /** Decompressed bytes of one file. */
  maxFileBytes: 1024 * 1024 * 1024,
} as const;
