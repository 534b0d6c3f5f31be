/** The CRC-64 of the NVM Express specification (reflected polynomial 0x9a6c9329ac4bc9b5), as two 32-bit halves. */
const polynomialHigh = 0x9a6c9329;
const polynomialLow = 0xac4bc9b5;

const tableHigh = new Uint32Array(256);
const tableLow = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (odd === 1) {
      low = (low ^ polynomialLow) >>> 0;
      high = (high ^ polynomialHigh) >>> 0;
    }
  }
  tableHigh[byte] = high;
  tableLow[byte] = low;
}

export class Crc64Nvme {
  #high = 0xffffffff;
  #low = 0xffffffff;

  update(bytes: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < bytes.length; i++) {
      const index = (low ^ bytes[i]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ tableLow[index]!;
      high = (high >>> 8) ^ tableHigh[index]!;
    }
    this.#high = high >>> 0;
    this.#low = low >>> 0;
  }

  /** Eight bytes, big-endian, as in `x-amz-checksum-crc64nvme`. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(~this.#high >>> 0, 0);
    bytes.writeUInt32BE(~this.#low >>> 0, 4);
    return bytes;
  }
}
