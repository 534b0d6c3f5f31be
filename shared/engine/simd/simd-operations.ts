import type { Tf } from '../engine.ts';
import { Block, reshaped, sizeOfShape } from './block.ts';
import { combined } from './combine.ts';
import { clippedOf, reluOf, sigmoidOf } from './elementwise.ts';
import { productOf } from './products.ts';
import { besideEachOther, largestOf, softmaxOf, sumOf, transposedOf } from './reductions.ts';

type Operand = Block | number;
const array = (values: ArrayLike<number>) =>
  values instanceof Float32Array ? values : Float32Array.from(values);

/**
 * The operations that `forward` is made of when it does not train, with the names and meanings that TensorFlow.js gives
 * them, each done at once. What else TensorFlow.js has is not there: tests run every head, so that it shows.
 */
const operations = {
  tensor: (values: ArrayLike<number>, shape: readonly number[]) => new Block(shape, array(values)),
  tensor2d: (values: ArrayLike<number>, shape: readonly number[]) => new Block(shape, array(values)),
  tensor3d: (values: ArrayLike<number>, shape: readonly number[]) => new Block(shape, array(values)),
  fill: (shape: readonly number[], value: number) =>
    new Block(shape, new Float32Array(sizeOfShape(shape)).fill(value)),
  add: (a: Operand, b: Operand) => combined('add', a, b),
  sub: (a: Operand, b: Operand) => combined('subtract', a, b),
  mul: (a: Operand, b: Operand) => combined('multiply', a, b),
  div: (a: Operand, b: Operand) => combined('divide', a, b),
  addN: (blocks: readonly Block[]) => blocks.reduce((sum, block) => combined('add', sum, block)),
  matMul: productOf,
  relu: reluOf,
  sigmoid: sigmoidOf,
  minimum: (x: Block, most: number) => clippedOf(x, Number.NEGATIVE_INFINITY, most),
  clipByValue: clippedOf,
  softmax: softmaxOf,
  sum: sumOf,
  max: largestOf,
  reshape: reshaped,
  expandDims: (x: Block, axis: number) => reshaped(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]),
  squeeze: (x: Block, axes: readonly number[]) =>
    reshaped(
      x,
      x.shape.filter((_, axis) => !axes.includes(axis)),
    ),
  transpose: (x: Block, axes: readonly number[]) => {
    if (axes.join() !== '0,2,1') throw new Error(`axes ${axes} are not transposed here`);
    return transposedOf(x);
  },
  concat: (blocks: readonly Block[]) => besideEachOther(blocks),
  customGrad:
    (of: (...inputsAndSave: unknown[]) => { readonly value: Block }) =>
    (...inputs: readonly Block[]) =>
      of(...inputs, () => {}).value,
  tidy: <T>(work: () => T) => work(),
  dispose: (blocks: Readonly<Record<string, Block>>) => {
    for (const block of Object.values(blocks)) block.dispose();
  },
};

/** @param kept how many blocks are kept */
export function simdOperations(kept: () => number): Tf {
  return { ...operations, memory: () => ({ numTensors: kept() }) } as unknown as Tf;
}
