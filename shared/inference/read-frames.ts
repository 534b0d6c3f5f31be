import { EarshotError } from '../errors/earshot-error.ts';
import { type PathLike, pathText, preview } from '../errors/parse-with-schema.ts';
import { maxBodyBytes } from './clips.ts';

export interface FrameRules {
  /** Values a frame. */
  readonly width: number;
  readonly dtype: 'uint8' | 'float32';
}

/**
 * The frames of a clip as JSON has them, as one array, row-major: `[frames][width]`, or `{"b64": …}` with the bytes of
 * uint8 frames; at least one frame, of whole numbers 0..255 or of numbers that float32 can hold.
 * @throws REQUEST_INVALID naming the first value that is wrong, below the path `at`
 */
export function readFrames(frames: unknown, at: PathLike, rules: FrameRules): Uint8Array | Float32Array {
  const { width, dtype } = rules;
  if (isObject(frames) && 'b64' in frames) return framesOfBase64(frames, at, rules);
  if (!Array.isArray(frames)) throw invalid(at, `a list of frames, or {"b64": …}`, preview(frames));
  if (frames.length < 1) throw invalid(at, 'at least 1 frame', '0');
  // The shape first: a million empty frames claim more memory than they bring values.
  for (const [row, frame] of (frames as unknown[]).entries()) {
    if (!Array.isArray(frame)) throw invalid([...at, row], `a list of ${width} numbers`, preview(frame));
    if (frame.length !== width) throw invalid([...at, row], `${width} values`, `${frame.length}`);
  }
  const values = newValues(dtype, frames.length * width);
  for (const [row, frame] of (frames as unknown[][]).entries()) {
    for (const [column, value] of frame.entries()) {
      if (!fits(value, dtype)) throw invalid([...at, row, column], wanted[dtype], preview(value));
      values[row * width + column] = value;
    }
  }
  return values;
}

/**
 * A list of the values of whole frames, or of lists of them, however deep.
 * @param shape of the nested lists; one flat list of as many values is as good
 * @throws REQUEST_INVALID naming the first value that is wrong, below the path `at`
 */
export function readTensor(
  data: unknown,
  shape: readonly number[],
  at: PathLike,
  dtype: FrameRules['dtype'],
): Uint8Array | Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size > maxBodyBytes) throw invalid(at, `at most ${maxBodyBytes} values`, `a shape of ${size}`);
  const values = newValues(dtype, size);
  const place: number[] = [];
  let count = 0;
  const read = (value: unknown, [length, ...inner]: readonly number[]): void => {
    if (length === undefined) {
      if (!fits(value, dtype)) throw invalid([...at, ...place], wanted[dtype], preview(value));
      values[count++] = value;
      return;
    }
    if (!Array.isArray(value)) throw invalid([...at, ...place], `a list of ${length}`, preview(value));
    if (value.length !== length) throw invalid([...at, ...place], `${length} values`, `${value.length}`);
    for (const [i, part] of value.entries()) {
      place.push(i);
      read(part, inner);
      place.pop();
    }
  };
  const isFlat = Array.isArray(data) && !Array.isArray(data[0]);
  read(data, isFlat ? [size] : shape);
  return values;
}

/** The bytes of uint8 frames. @throws REQUEST_INVALID when they are no whole frames, or the model takes floats */
export function readRawFrames(bytes: Uint8Array, at: PathLike, { width, dtype }: FrameRules): Uint8Array {
  if (dtype !== 'uint8') throw invalid(at, 'float embeddings, as JSON', 'bytes');
  if (bytes.length === 0 || bytes.length % width !== 0) {
    throw invalid(at, `a multiple of ${width} bytes, one frame or more`, `${bytes.length} bytes`);
  }
  return bytes;
}

function framesOfBase64(value: Record<string, unknown>, at: PathLike, rules: FrameRules): Uint8Array {
  const { b64, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid([...at, unknown], 'no such property', preview(others[unknown]));
  if (typeof b64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(b64)) {
    throw invalid([...at, 'b64'], 'base64', preview(b64));
  }
  return readRawFrames(Buffer.from(b64, 'base64'), [...at, 'b64'], rules);
}

const newValues = (dtype: FrameRules['dtype'], size: number) =>
  dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wanted = { uint8: 'a whole number 0..255', float32: 'a finite float32 number' };

function fits(value: unknown, dtype: FrameRules['dtype']): value is number {
  if (typeof value !== 'number') return false;
  if (dtype === 'float32') return Number.isFinite(Math.fround(value));
  return Number.isInteger(value) && value >= 0 && value <= 255;
}

export function invalid(path: PathLike, expected: string, received: string): EarshotError {
  return new EarshotError('REQUEST_INVALID', { path: pathText(path), expected, received });
}
