/** Writes the protocol-buffer wire format. */

/** A varint; negative numbers take 10 bytes, as protocol buffers have it for int64. */
export function varint(value: number | bigint): Uint8Array {
  if (value >= 0 && value < 128) return Uint8Array.of(Number(value));
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** A float field of 32 bits. */
export function float(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = field * 8 + 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

/** A float field of 64 bits. */
export function double(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = field * 8 + 1;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

/** A length-delimited field with the given parts as its content. */
export function delimited(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const prefix = [varint(field * 8 + 2), varint(length)];
  const bytes = new Uint8Array(prefix[0]!.length + prefix[1]!.length + length);
  let at = 0;
  for (const part of [...prefix, ...parts]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
