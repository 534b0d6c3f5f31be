// Registers the gradients and the cpu backend; the inference path must not import this file.
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { EarshotError } from '../errors/earshot-error.ts';
import type { Engine, WasmOptions } from './engine.ts';
import { startNativeBackend } from './native-backend.ts';
import { selectBackend, startWasmBackend } from './wasm-backend.ts';
import { registerWasmGradients } from './wasm-gradients.ts';

export type EnginePreference = 'auto' | 'native' | 'wasm' | 'cpu';

/**
 * Opens the engine that trains. `auto` takes the native one if it loads, else WebAssembly; `cpu` is
 * plain JavaScript, 50 times slower, and only there to check the others.
 *
 * TensorFlow.js has one active backend a process, so the engine opened last is the one that runs.
 *
 * @throws EarshotError ENGINE_UNAVAILABLE when the engine that was asked for cannot be had.
 */
export async function openEngine(preference: EnginePreference, options: WasmOptions = {}): Promise<Engine> {
  switch (preference) {
    case 'native':
      return startNativeBackend();
    case 'wasm':
      return openWasm(options);
    case 'cpu':
      await selectBackend('cpu');
      return { name: 'cpu', version: `tfjs ${tf.version_core}`, tf };
    case 'auto':
      try {
        return await startNativeBackend();
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        const engine = await openWasm(options);
        return { ...engine, nativeUnavailable: error.details.received ?? error.message };
      }
  }
}

async function openWasm(options: WasmOptions): Promise<Engine> {
  const engine = await startWasmBackend(options);
  registerWasmGradients();
  return engine;
}
