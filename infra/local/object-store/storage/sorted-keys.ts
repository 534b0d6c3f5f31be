/** Splitting at this size keeps an insertion to one short move in memory, for a million keys too. */
const largestBlock = 1024;

/** A set of strings in ascending order: a list of sorted blocks. */
export class SortedKeys {
  readonly #blocks: string[][] = [];

  /** @param keys in any order, without doubles */
  constructor(keys: readonly string[]) {
    const sorted = [...keys].sort(ascending);
    for (let at = 0; at < sorted.length; at += largestBlock / 2) {
      this.#blocks.push(sorted.slice(at, at + largestBlock / 2));
    }
  }

  /** Adds a key that is not in the set. */
  add(key: string): void {
    const index = Math.max(0, this.#blockFor(key));
    const block = this.#blocks[index];
    if (block === undefined) {
      this.#blocks.push([key]);
      return;
    }
    block.splice(lowerBound(block, key), 0, key);
    if (block.length > largestBlock) this.#blocks.splice(index + 1, 0, block.splice(largestBlock / 2));
  }

  /** Removes a key that is in the set. */
  remove(key: string): void {
    const index = this.#blockFor(key);
    const block = this.#blocks[index];
    if (block === undefined) return;
    const at = lowerBound(block, key);
    if (block[at] === key) block.splice(at, 1);
    if (block.length === 0) this.#blocks.splice(index, 1);
  }

  /** The keys that are `bound` or greater. The set must not change meanwhile. */
  *from(bound: string): Generator<string> {
    const first = Math.max(0, this.#blockFor(bound));
    for (let index = first; index < this.#blocks.length; index++) {
      const block = this.#blocks[index]!;
      for (let at = index === first ? lowerBound(block, bound) : 0; at < block.length; at++) yield block[at]!;
    }
  }

  /** The last block that begins at `key` or before, or -1. */
  #blockFor(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks[middle]![0]! <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ascending(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
