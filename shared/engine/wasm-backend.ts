import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { EarshotError } from '../errors/earshot-error.ts';
import type { Engine, WasmOptions } from './engine.ts';

/** The binary for processors with SIMD; Node runs it on one thread (tfjs#3830). */
const simdBinary = 'tfjs-backend-wasm-simd.wasm';

/**
 * Starts the WebAssembly backend; enough for inference, knows no gradients.
 *
 * @throws EarshotError ENGINE_UNAVAILABLE when the binary is absent or does not start.
 */
export async function startWasmBackend(options: WasmOptions = {}): Promise<Engine> {
  const folder = options.wasmFolder ?? installedFolder();
  const binary = path.join(folder, simdBinary);
  if (!existsSync(binary)) {
    throw new EarshotError('ENGINE_UNAVAILABLE', {
      file: binary,
      expected: 'the WebAssembly binary of @tensorflow/tfjs-backend-wasm',
      received: 'no such file',
    });
  }
  setWasmPaths(folder.endsWith(path.sep) ? folder : folder + path.sep);
  await selectBackend('wasm');
  return { name: 'wasm', version: `tfjs ${tf.version_core}`, tf };
}

/**
 * Makes `backend` the one that runs.
 *
 * @throws EarshotError ENGINE_UNAVAILABLE when it is not registered or does not start.
 */
export async function selectBackend(backend: 'tensorflow' | 'wasm' | 'cpu'): Promise<void> {
  const started = await tf.setBackend(backend);
  if (!started) {
    throw new EarshotError('ENGINE_UNAVAILABLE', {
      field: 'backend',
      expected: backend,
      received: tf.getBackend(),
    });
  }
}

function installedFolder(): string {
  const require = createRequire(import.meta.url);
  return path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
}
