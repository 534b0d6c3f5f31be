/** Seeded random numbers, the same on every engine and machine. */
export interface Random {
  /** 32 random bits as an unsigned integer. */
  bits(): number;
  /** [0, 1) with 32 bits. */
  uniform(): number;
  /** 0 .. limit - 1, without the bias of a remainder; limit 1 .. 2³². */
  below(limit: number): number;
}

/**
 * xoshiro128** (Blackman and Vigna 2018). The key, for example `[seed, step]`, is spread over the
 * state with the finaliser of MurmurHash3, so that neighbouring keys give unrelated streams.
 */
export function createRandom(...key: readonly number[]): Random {
  const mix = mixer(key);
  let a = mix();
  let b = mix();
  let c = mix();
  // The all-zero state is the one that never leaves itself.
  let d = mix() | 1;

  const bits = () => {
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const uniform = () => bits() / 2 ** 32;
  const below = (limit: number) => {
    // Draws above the last whole multiple of the limit would favour the low numbers.
    const fair = 2 ** 32 - (2 ** 32 % limit);
    let draw = bits();
    while (draw >= fair) draw = bits();
    return draw % limit;
  };
  return { bits, uniform, below };
}

function mixer(key: readonly number[]): () => number {
  let state = 0x9e3779b9;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  for (const part of key) {
    // Both halves of numbers beyond 32 bits count.
    state ^= part | 0;
    next();
    state = next() ^ Math.floor(part / 2 ** 32);
  }
  return next;
}
