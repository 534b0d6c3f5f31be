import type { Tensor } from '@tensorflow/tfjs-core';
import { EarshotError } from '../../errors/earshot-error.ts';
import type { Steps } from '../../model/steps.ts';
import type { Weight } from '../../model/weights.ts';
import type { Engine } from '../engine.ts';
import { Block } from './block.ts';
import { simdOperations } from './simd-operations.ts';
import { compileProducts, StoredProduct } from './stored-product.ts';

/**
 * The engine that serves: TensorFlow.js' names for what a forward pass needs, and no TensorFlow.js. Matrices of a model
 * are multiplied by WebAssembly kernels that are made when it starts; everything else is plain JavaScript.
 *
 * @throws EarshotError ENGINE_UNAVAILABLE on a processor without SIMD
 */
export async function startSimdEngine(): Promise<Engine> {
  try {
    await compileProducts();
  } catch (error) {
    const received = error instanceof Error ? error.message : String(error);
    const expected = 'a processor and a Node that run WebAssembly with SIMD';
    throw new EarshotError('ENGINE_UNAVAILABLE', { field: 'WebAssembly', expected, received });
  }
  let kept = 0;
  function* keep({ shape, values }: Weight): Steps<Tensor> {
    const onDispose = () => kept--;
    const [inputs, outputs] = shape;
    const block =
      outputs === undefined
        ? new Block(shape, values, { onDispose })
        : new Block(shape, new Float32Array(), {
            product: yield* StoredProduct.inSteps(values, inputs!, outputs),
            onDispose,
          });
    kept++;
    return block as unknown as Tensor;
  }
  return { name: 'simd', version: 'WebAssembly SIMD', tf: simdOperations(() => kept), keep };
}
