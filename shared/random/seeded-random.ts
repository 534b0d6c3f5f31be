/** Four 32-bit words, not all zero. */
export type Xoshiro128State = Uint32Array;

/**
 * Next output of xoshiro128** 1.1, 0..2^32-1, and one step of `state` in place. Period 2^128 - 1.
 * Source: Blackman & Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021.
 */
export function nextUint32(state: Xoshiro128State): number {
  const s1 = state[1]!;
  const scrambled = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
  const shifted = s1 << 9;
  state[2]! ^= state[0]!;
  state[3]! ^= s1;
  state[1]! ^= state[2]!;
  state[0]! ^= state[3]!;
  state[2]! ^= shifted;
  state[3] = rotateLeft(state[3]!, 11);
  return scrambled;
}

/** `words.length` outputs of `nextUint32` in a row: in local variables, which is several times as quick. */
function fillUint32(state: Xoshiro128State, words: Uint32Array): void {
  let [s0, s1, s2, s3] = state as unknown as [number, number, number, number];
  for (let i = 0; i < words.length; i++) {
    const product = Math.imul(s1, 5);
    words[i] = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
  }
  state.set([s0, s1, s2, s3]);
}

const rotateLeft = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits));

const mask64 = (1n << 64n) - 1n;

/** The `index`-th output (from 1) of SplitMix64 started at `seed` (Steele, Lea & Flood, OOPSLA 2014). */
export function splitMix64(seed: bigint, index: bigint): bigint {
  let z = (seed + index * 0x9e3779b97f4a7c15n) & mask64;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return z ^ (z >> 31n);
}

/**
 * Random numbers that one seed repeats on every machine; not for secrets. Streams of one seed are
 * independent, so that drawing more from one leaves the others as they were.
 */
export class SeededRandom {
  readonly #state: Xoshiro128State;
  #spareNormal: number | null = null;

  /** `seed` and `stream` are whole numbers. */
  constructor(seed: number, stream = 0) {
    const origin = splitMix64(BigInt(seed) & mask64, 1n) + BigInt(stream);
    const low = splitMix64(origin & mask64, 1n);
    const high = splitMix64(origin & mask64, 2n);
    this.#state = new Uint32Array(new BigUint64Array([low, high]).buffer);
  }

  /** In [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return nextUint32(this.#state) / 2 ** 32;
  }

  /** Fills the array with numbers 0..2^32-1, each equally likely. */
  fill(words: Uint32Array): void {
    fillUint32(this.#state, words);
  }

  /** Whole number in [0, limit), each equally likely; `limit` is 1..2^32. */
  below(limit: number): number {
    // The last, incomplete run of `limit` outputs is rejected: taking the remainder there would favour
    // small numbers.
    const complete = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const word = nextUint32(this.#state);
      if (word < complete) return word % limit;
    }
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== null) {
      this.#spareNormal = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const radius = x * x + y * y;
      if (radius >= 1 || radius === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(radius)) / radius);
      this.#spareNormal = y * factor;
      return x * factor;
    }
  }

  /** Puts `items` in a random order, in place (Fisher-Yates). */
  shuffle(items: { readonly length: number; [index: number]: unknown }): void {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = items[last];
      items[last] = items[other];
      items[other] = kept;
    }
  }
}
