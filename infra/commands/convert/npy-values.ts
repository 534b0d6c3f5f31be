import { fromFloat16 } from '../../../shared/model/float16.ts';
import type { NpyHeader } from './npy-header.ts';

/** The numbers of an array's bytes, in their order. 64-bit integers beyond 2^53 lose their last digits. */
export function npyNumbers(header: NpyHeader, bytes: Uint8Array): ArrayLike<number> {
  const { kind, itemSize } = header;
  // A copy is aligned, and may be turned around.
  const { buffer } = inNativeOrder(header, bytes);
  switch (`${kind}${itemSize}`) {
    case 'u1':
      return new Uint8Array(buffer);
    case 'i1':
      return new Int8Array(buffer);
    case 'u2':
      return new Uint16Array(buffer);
    case 'i2':
      return new Int16Array(buffer);
    case 'u4':
      return new Uint32Array(buffer);
    case 'i4':
      return new Int32Array(buffer);
    case 'u8':
      return Array.from(new BigUint64Array(buffer), Number);
    case 'i8':
      return Array.from(new BigInt64Array(buffer), Number);
    case 'f2':
      return fromFloat16(new Uint16Array(buffer));
    case 'f4':
      return new Float32Array(buffer);
    default:
      return new Float64Array(buffer);
  }
}

/** The text of each value, without what numpy fills it up with; of whole numbers, their digits. */
export function npyTexts(header: NpyHeader, bytes: Uint8Array): string[] {
  const { kind, itemSize } = header;
  if (kind === 'u' || kind === 'i') return Array.from(npyNumbers(header, bytes), String);
  const values = Array.from({ length: bytes.length / itemSize }, (_, i) =>
    bytes.subarray(i * itemSize, (i + 1) * itemSize),
  );
  if (kind === 'S') return values.map((value) => Buffer.from(value).toString('utf8').replace(/\0+$/, ''));
  return values.map((value) => {
    const points = new Uint32Array(inNativeOrder({ ...header, itemSize: 4 }, value).buffer);
    return String.fromCodePoint(...points.subarray(0, points.findLastIndex((point) => point !== 0) + 1));
  });
}

/** Machines that Node runs on are little endian. */
function inNativeOrder({ itemSize, bigEndian }: NpyHeader, bytes: Uint8Array): { buffer: ArrayBuffer } {
  const copy = Uint8Array.from(bytes);
  const view = Buffer.from(copy.buffer);
  if (bigEndian && itemSize === 2) view.swap16();
  if (bigEndian && itemSize === 4) view.swap32();
  if (bigEndian && itemSize === 8) view.swap64();
  return copy;
}
