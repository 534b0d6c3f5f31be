import { EarshotError } from '../errors/earshot-error.ts';
import type { Int64 } from './example.ts';
import { decodeUtf8 } from './utf8.ts';

const maxGroupDepth = 100;

/** Lists up to here are read one by one: making views costs more than it saves. */
const fewFloats = 8;
const floatValue = new Float32Array(1);
const floatBytes = new Uint8Array(floatValue.buffer);

/** Wire types of protocol buffers (protobuf.dev, "Encoding"). */
export const wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** The tag of a field: its number and wire type. */
export const tagOf = (field: number, wireType: number): number => (field << 3) | wireType;

/** Reads the protocol-buffer wire format; every method throws EXAMPLE_MALFORMED rather than leave `[pos, end)`. */
export class WireReader {
  readonly bytes: Uint8Array;
  pos = 0;
  /** End of the message being read. */
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** A field number above 0 with its wire type, at most 32 bits. */
  tag(): number {
    const start = this.pos;
    const tag = this.uint32('a field tag');
    if (tag >>> 3 === 0) this.fail(start, 'a field number from 1', 'field number 0');
    return tag;
  }

  /** Reads the length of a delimited field, which must end in this message; returns the position of its end. */
  private delimitedEnd(): number {
    const start = this.pos;
    const length = this.uint32('a length');
    const left = this.end - this.pos;
    if (length > left) this.fail(start, `a length of at most ${left} bytes`, `${length}`);
    return this.pos + length;
  }

  /**
   * Goes into a delimited sub-message: `end` is now its end, which reading reaches exactly or fails.
   * @returns the end to set back afterwards
   */
  enter(): number {
    const outer = this.end;
    this.end = this.delimitedEnd();
    return outer;
  }

  /** A view on the bytes of a delimited field. */
  delimited(): Uint8Array {
    const end = this.delimitedEnd();
    const view = this.bytes.subarray(this.pos, end);
    this.pos = end;
    return view;
  }

  /** A proto3 string, which must be UTF-8. */
  text(): string {
    const start = this.pos;
    const end = this.delimitedEnd();
    const text = decodeUtf8(this.bytes, this.pos, end);
    if (text === null) return this.fail(start, 'a name in UTF-8', 'other bytes');
    this.pos = end;
    return text;
  }

  float(): number {
    const at = this.advance(4);
    for (let i = 0; i < 4; i++) floatBytes[i] = this.bytes[at + i]!;
    return floatValue[0]!;
  }

  /** A packed list of floats; its length must be a multiple of 4. */
  floats(): Float32Array {
    const start = this.pos;
    const end = this.delimitedEnd();
    const length = end - this.pos;
    if (length % 4 !== 0) this.fail(start, 'a multiple of 4 bytes of floats', `${length} bytes`);
    const values = new Float32Array(length / 4);
    if (values.length <= fewFloats) {
      for (let i = 0; i < values.length; i++) values[i] = this.float();
    } else {
      new Uint8Array(values.buffer).set(this.bytes.subarray(this.pos, end));
      this.pos = end;
    }
    return values;
  }

  /** A varint of 1 to 10 bytes as a signed 64-bit integer. */
  int64(): Int64 {
    const start = this.pos;
    let value = 0;
    for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
      const byte = this.byte('a varint');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    let wide = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.byte('a varint');
      wide |= BigInt(byte & 127) << shift;
      if (byte < 128) return narrow(BigInt.asIntN(64, wide));
    }
    return this.fail(start, 'a varint of at most 10 bytes', 'a longer one');
  }

  /** Passes over the value of a field that is not wanted. */
  skip(tag: number): void {
    const groups: number[] = [];
    let current = tag;
    for (;;) {
      const start = this.pos;
      const wireType = current & 7;
      if (wireType === wire.varint) this.int64();
      else if (wireType === wire.fixed64) this.advance(8);
      else if (wireType === wire.bytes) this.pos = this.delimitedEnd();
      else if (wireType === wire.fixed32) this.advance(4);
      else if (wireType === wire.groupStart) {
        if (groups.length === maxGroupDepth)
          this.fail(start, `at most ${maxGroupDepth} nested groups`, 'more');
        groups.push(current >>> 3);
      } else if (wireType !== wire.groupEnd || groups.pop() !== current >>> 3) {
        this.fail(start, 'a wire type of protocol buffers', `type ${wireType} of field ${current >>> 3}`);
      }
      if (groups.length === 0) return;
      current = this.tag();
    }
  }

  private advance(count: number): number {
    const at = this.pos;
    if (at + count > this.end)
      this.fail(at, `${count} bytes`, `the end of the message after ${this.end - at}`);
    this.pos += count;
    return at;
  }

  private byte(what: string): number {
    if (this.pos >= this.end) this.fail(this.pos, `the rest of ${what}`, 'the end of the message');
    return this.bytes[this.pos++]!;
  }

  /** Tags and lengths: a varint of at most 5 bytes and 32 bits. */
  private uint32(what: string): number {
    const start = this.pos;
    const first = this.byte(what);
    if (first < 128) return first;
    let value = first & 127;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.byte(what);
      if (shift === 28 && byte > 15) break;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return this.fail(start, `${what} of at most 32 bits`, 'a larger one');
  }

  private fail(offset: number, expected: string, received: string): never {
    throw new EarshotError('EXAMPLE_MALFORMED', { offset, expected, received });
  }
}

function narrow(value: bigint): Int64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
