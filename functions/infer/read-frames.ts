import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { pathText, preview } from '../../shared/errors/parse-with-schema.ts';

export interface FrameRules {
  /** Values a frame. */
  readonly width: number;
  readonly maxFrames: number;
  readonly dtype: 'uint8' | 'float32';
}

/**
 * `[frames][width]` of JSON as one array, row-major: 1 to maxFrames frames of whole numbers 0..255, or of numbers that
 * float32 can hold.
 * @throws REQUEST_INVALID naming the first value that is wrong, below the path `at`
 */
export function readFrames(
  frames: readonly unknown[],
  at: readonly PropertyKey[],
  { width, maxFrames, dtype }: FrameRules,
): Uint8Array | Float32Array {
  const invalid = (path: readonly PropertyKey[], expected: string, received: string) =>
    new EarshotError('REQUEST_INVALID', { path: pathText([...at, ...path]), expected, received });
  if (frames.length < 1 || frames.length > maxFrames) {
    throw invalid([], `1 to ${maxFrames} frames`, `${frames.length}`);
  }
  const values =
    dtype === 'uint8' ? new Uint8Array(frames.length * width) : new Float32Array(frames.length * width);
  for (const [row, frame] of frames.entries()) {
    if (!Array.isArray(frame)) throw invalid([row], `a list of ${width} numbers`, preview(frame));
    if (frame.length !== width) throw invalid([row], `${width} values`, `${frame.length}`);
    for (const [column, value] of (frame as unknown[]).entries()) {
      if (!fits(value, dtype)) throw invalid([row, column], wanted[dtype], preview(value));
      values[row * width + column] = value;
    }
  }
  return values;
}

const wanted = { uint8: 'a whole number 0..255', float32: 'a finite float32 number' };

function fits(value: unknown, dtype: FrameRules['dtype']): value is number {
  if (typeof value !== 'number') return false;
  if (dtype === 'float32') return Number.isFinite(Math.fround(value));
  return Number.isInteger(value) && value >= 0 && value <= 255;
}
