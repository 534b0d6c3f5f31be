import type { ErrorDetails } from '../../../shared/errors/earshot-error.ts';

/** A clip as a file of embeddings has it, before its labels and its kind of values. */
export interface SourceClip {
  /** Null where the file has no ids; the labels' order then tells. */
  readonly id: string | null;
  /** Seconds; NaN where the file does not say. */
  readonly start: number;
  readonly end: number;
  /** `[frames, width]`, row-major. */
  readonly values: ArrayLike<number>;
  /** File, and row or line, for what is wrong with it. */
  readonly where: ErrorDetails;
}

export interface ClipSource {
  readonly file: string;
  /** Values a frame. */
  readonly width: number;
  readonly hasIds: boolean;
  /** Text or floats, so that nobody can know what the numbers mean unless it is said. */
  readonly needsMeaning: boolean;
  clips(): AsyncGenerator<SourceClip>;
}
