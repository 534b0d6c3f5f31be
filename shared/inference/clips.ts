import type { SavedModel } from '../model/saved-model.ts';

/** Bytes of a request and of an answer; what Code Engine lets a function take and give. */
export const maxBodyBytes = 5 * 1024 * 1024;
/** Clips, or windows of long clips, of a request: some 20 seconds of the larger model. */
export const maxClips = 10_000;
/** Scores of an answer at most; 5 MB hold far fewer of them. */
export const maxScores = 1_000_000;

/** What is asked about. */
export interface Clip {
  readonly id: string | null;
  /** `[frames][width]`, row-major; more frames than the model takes are scored window by window. */
  readonly frames: Uint8Array | Float32Array;
  /** From one frame to the next; a second unless it is said, as in AudioSet's files. */
  readonly frameSeconds?: number;
}

/** A version of a model, loaded. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly saved: SavedModel;
}
