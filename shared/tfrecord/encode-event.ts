import { delimited, double, float, varint } from './wire-writer.ts';

/** One value of one curve, for TensorBoard. */
export interface ScalarEvent {
  /** Unix time in seconds. */
  readonly time: number;
  readonly step: number;
  /** Name of the curve; TensorBoard groups by what stands before the first slash. */
  readonly tag: string;
  readonly value: number;
}

/** The tensorflow.Event that begins a file of events. */
export function encodeFileVersion(time: number): Uint8Array {
  return message(double(1, time), text(3, 'brain.Event:2'));
}

/** A tensorflow.Event with a Summary of one simple value. */
export function encodeScalarEvent({ time, step, tag, value }: ScalarEvent): Uint8Array {
  const summary = delimited(1, text(1, tag), float(2, value));
  return message(double(1, time), varint(2 * 8), varint(step), delimited(5, summary));
}

const text = (field: number, value: string) => delimited(field, new TextEncoder().encode(value));
const message = (...fields: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(fields));
