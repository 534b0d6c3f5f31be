import type { StoredProduct } from './stored-product.ts';

/** Numbers with a shape, row-major: what these operations take and give where TensorFlow.js has tensors. */
export class Block {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** Of a matrix that is kept to be multiplied with; its values are there alone. */
  readonly product: StoredProduct | undefined;
  private readonly onDispose: (() => void) | undefined;

  constructor(shape: readonly number[], values: Float32Array, kept: KeptBlock = {}) {
    this.shape = shape;
    this.values = values;
    this.product = kept.product;
    this.onDispose = kept.onDispose;
  }

  dataSync(): Float32Array {
    return this.values;
  }

  /** What is not kept needs none: the garbage collector finds it. */
  dispose(): void {
    this.onDispose?.();
  }
}

interface KeptBlock {
  readonly product?: StoredProduct;
  readonly onDispose?: () => void;
}

export const sizeOfShape = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);

/** @param shape one of its lengths may be -1: what is left */
export function reshaped({ shape: before, values }: Block, shape: readonly number[]): Block {
  const known = shape.reduce((size, length) => (length === -1 ? size : size * length), 1);
  const size = sizeOfShape(before);
  const full = shape.map((length) => (length === -1 ? size / known : length));
  if (sizeOfShape(full) !== size) throw new Error(`[${before}] cannot become [${shape}]`);
  return new Block(full, values);
}
