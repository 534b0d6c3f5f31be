/** A growing list of short byte strings in one piece of memory. */
export class ByteStrings {
  bytes = new Uint8Array(64);
  /** String i is `bytes[offsets[i] .. offsets[i + 1])`. */
  readonly offsets = [0];

  /** Adds `source[start .. end)`. */
  add(source: Uint8Array, start: number, end: number): void {
    const at = this.offsets.at(-1)!;
    const total = at + end - start;
    if (total > this.bytes.length) {
      const grown = new Uint8Array(2 * total);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    for (let i = start; i < end; i++) this.bytes[at + i - start] = source[i]!;
    this.offsets.push(total);
  }

  /** String `index`, which is UTF-8. */
  text(index: number): string {
    const [start, end] = [this.offsets[index]!, this.offsets[index + 1]!];
    return Buffer.from(this.bytes.buffer, start, end - start).toString('utf8');
  }

  /** Whether string `index` is `source[start .. end)`. */
  is(index: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.offsets[index]!;
    if (this.offsets[index + 1]! - from !== end - start) return false;
    for (let i = start; i < end; i++) if (source[i] !== this.bytes[from + i - start]) return false;
    return true;
  }
}
