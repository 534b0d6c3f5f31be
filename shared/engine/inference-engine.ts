import type { Engine, WasmOptions } from './engine.ts';
import { startWasmBackend } from './wasm-backend.ts';

/**
 * The engine of the inference function: WebAssembly without gradients, layers or converter, so that
 * the bundle stays small.
 *
 * @throws EarshotError ENGINE_UNAVAILABLE when the WebAssembly binary is absent or does not start.
 */
export function openInferenceEngine(options: WasmOptions = {}): Promise<Engine> {
  return startWasmBackend(options);
}
