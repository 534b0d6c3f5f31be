import * as tf from '@tensorflow/tfjs-core';
import { EarshotError } from '../errors/earshot-error.ts';
import type { Engine } from './engine.ts';
import type { NativeBackend } from './native-binding.ts';
import { registerNativeKernels } from './native-kernels.ts';
import { nativeVariables } from './native-variables.ts';
import { selectBackend } from './wasm-backend.ts';

/**
 * Starts TensorFlow's C library through the optional package `@tensorflow/tfjs-node`.
 *
 * @throws EarshotError ENGINE_UNAVAILABLE, with the reason as `cause`, when the package, its addon or
 *   its library is absent, cannot be loaded, or computes wrongly.
 */
export async function startNativeBackend(): Promise<Engine> {
  try {
    // Else the library writes its start-up notes between the lines of the log.
    process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
    await import('@tensorflow/tfjs-node');
    await selectBackend('tensorflow');
    registerNativeKernels();
    const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0]);
    if (product !== 11) throw new Error(`1·3 + 2·4 gave ${product}`);
  } catch (cause) {
    throw new EarshotError(
      'ENGINE_UNAVAILABLE',
      { field: '@tensorflow/tfjs-node', expected: 'a native engine that loads', received: reasonOf(cause) },
      { cause },
    );
  }
  return {
    name: 'native',
    version: `tfjs ${tf.version_core}, TensorFlow ${libraryVersion()}`,
    tf,
    variables: nativeVariables(tf.backend() as unknown as NativeBackend),
  };
}

/** The first line: tfjs-node explains at length how to build it, which `npm run setup:native` does. */
function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.trim();
}

function libraryVersion(): string {
  const backend = tf.backend() as unknown as { binding?: { TF_Version?: string } };
  return backend.binding?.TF_Version ?? 'unknown';
}
