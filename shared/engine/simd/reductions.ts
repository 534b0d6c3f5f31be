import { Block } from './block.ts';
import { exponential } from './exponential.ts';

/** The whole as `[before, axis, after]`, and the shape without the axis or with 1 in its place. */
function around({ shape }: Block, axis: number, keep: boolean) {
  const product = (lengths: readonly number[]) => lengths.reduce((size, length) => size * length, 1);
  return {
    before: product(shape.slice(0, axis)),
    length: shape[axis]!,
    after: product(shape.slice(axis + 1)),
    shape: [...shape.slice(0, axis), ...(keep ? [1] : []), ...shape.slice(axis + 1)],
  };
}

/** Over one axis, or over all. */
export function sumOf(block: Block, axis?: number, keep = false): Block {
  if (axis === undefined) {
    return new Block([], Float32Array.of(block.values.reduce((sum, value) => sum + value, 0)));
  }
  const { before, length, after, shape } = around(block, axis, keep);
  const { values } = block;
  const sums = new Float32Array(before * after);
  for (let outer = 0; outer < before; outer++) {
    for (let i = 0; i < length; i++) {
      const from = (outer * length + i) * after;
      for (let inner = 0; inner < after; inner++) sums[outer * after + inner]! += values[from + inner]!;
    }
  }
  return new Block(shape, sums);
}

/** Over one axis; of what is not a number, that. */
export function largestOf(block: Block, axis: number): Block {
  const { before, length, after, shape } = around(block, axis, false);
  const { values } = block;
  const largest = new Float32Array(before * after).fill(Number.NEGATIVE_INFINITY);
  for (let outer = 0; outer < before; outer++) {
    for (let i = 0; i < length; i++) {
      const from = (outer * length + i) * after;
      for (let inner = 0; inner < after; inner++) {
        const to = outer * after + inner;
        largest[to] = Math.max(largest[to]!, values[from + inner]!);
      }
    }
  }
  return new Block(shape, largest);
}

/** Over the last axis. */
export function softmaxOf({ shape, values }: Block): Block {
  const length = shape.at(-1)!;
  const result = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += length) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = from; i < from + length; i++) largest = Math.max(largest, values[i]!);
    let sum = 0;
    for (let i = from; i < from + length; i++) {
      const power = exponential(values[i]! - largest);
      result[i] = power;
      sum += power;
    }
    for (let i = from; i < from + length; i++) result[i]! /= sum;
  }
  return new Block(shape, result);
}

/** The last two of three axes in the other order. */
export function transposedOf({ shape, values }: Block): Block {
  const [count, rows, columns] = shape as [number, number, number];
  const result = new Float32Array(values.length);
  for (let one = 0; one < count; one++) {
    const from = one * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[from + column * rows + row] = values[from + row * columns + column]!;
      }
    }
  }
  return new Block([count, columns, rows], result);
}

/** Matrices of as many rows side by side. */
export function besideEachOther(blocks: readonly Block[]): Block {
  const rows = blocks[0]!.shape[0]!;
  const width = blocks.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const result = new Float32Array(rows * width);
  let first = 0;
  for (const { shape, values } of blocks) {
    const columns = shape[1]!;
    for (let row = 0; row < rows; row++) {
      result.set(values.subarray(row * columns, (row + 1) * columns), row * width + first);
    }
    first += columns;
  }
  return new Block([rows, width], result);
}
