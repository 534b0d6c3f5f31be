/**
 * Clips as columns: what a shard holds and what training reads, with no object a clip.
 * n clips, at most `maxFrames` frames each, `width` values a frame.
 */
export interface ClipTable {
  readonly clips: number;
  readonly width: number;
  readonly maxFrames: number;
  /** `[n, maxFrames, width]`, zero behind the clip's last frame; uint8 bytes are unsigned 0..255. */
  readonly frames: Uint8Array | Float32Array;
  /** `[n]`, each 1..maxFrames. */
  readonly frameCounts: Uint16Array;
  /** `[n + 1]`: the labels of clip i are `labelIndices[labelOffsets[i] .. labelOffsets[i + 1])`. */
  readonly labelOffsets: Uint32Array;
  /** Indices into the label list, ascending within a clip, no doubles. */
  readonly labelIndices: Uint16Array;
  /** `[n]` clip ids. */
  readonly ids: readonly string[];
  /** `[n]` seconds into the recording; NaN when the source did not say. */
  readonly starts: Float32Array;
  readonly ends: Float32Array;
}

/** One clip as decoded from a record. */
export interface Clip {
  readonly id: string;
  /** Seconds; NaN when the source did not say. */
  readonly start: number;
  readonly end: number;
  /** Ascending, no doubles, 0..65535. */
  readonly labels: readonly number[];
  readonly frameCount: number;
  /** `[frameCount, width]`, row-major. */
  readonly frames: Uint8Array | Float32Array;
}
