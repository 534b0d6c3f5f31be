import { randomBytes } from 'node:crypto';
import { ByteStrings } from '../dataset/byte-strings.ts';

/** Secret, so that nobody can choose ids that all collide. */
const secret = randomBytes(8);
const basis = secret.readInt32LE(0);
const multiplier = secret.readInt32LE(4) | 1;

/** The clip ids of a file and the records that they stand in, as bytes and numbers: no string, no object an id. */
export class ClipIds {
  private readonly ids = new ByteStrings();
  private readonly records: number[] = [];
  private readonly hashes: number[] = [];
  /** Open addressing, linear probing, at most half full: i + 1 where id i is, 0 where none is. */
  private slots = new Int32Array(16);

  /** Adds the id `source[start .. end)` unless it is there; then the record it was added with, else -1. */
  add(source: Uint8Array, start: number, end: number, record: number): number {
    const hash = hashOf(source, start, end);
    const { slots, records, hashes, ids } = this;
    let slot = hash & (slots.length - 1);
    for (let found = slots[slot]!; found > 0; found = slots[slot]!) {
      if (hashes[found - 1] === hash && ids.is(found - 1, source, start, end)) return records[found - 1]!;
      slot = (slot + 1) & (slots.length - 1);
    }
    ids.add(source, start, end);
    records.push(record);
    hashes.push(hash);
    slots[slot] = records.length;
    if (2 * records.length > slots.length) this.rehash();
    return -1;
  }

  private rehash(): void {
    const slots = new Int32Array(4 * this.slots.length);
    for (let i = 0; i < this.hashes.length; i++) {
      let slot = this.hashes[i]! & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = i + 1;
    }
    this.slots = slots;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = basis;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, multiplier);
  // Multiplying carries upwards only; the slot is chosen by the lowest bits.
  return hash ^ (hash >>> 15);
}
