import { Block } from './block.ts';
import { exponential } from './exponential.ts';

// A loop each: the compiler knows what is done in it. What is not a number stays so in all of them.

export function reluOf({ shape, values }: Block): Block {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    result[i] = value < 0 ? 0 : value;
  }
  return new Block(shape, result);
}

export function sigmoidOf({ shape, values }: Block): Block {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = 1 / (1 + exponential(-values[i]!));
  return new Block(shape, result);
}

/** Kept between the two. */
export function clippedOf({ shape, values }: Block, least: number, most: number): Block {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    result[i] = value < least ? least : value > most ? most : value;
  }
  return new Block(shape, result);
}
