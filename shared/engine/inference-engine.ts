import type { Engine } from './engine.ts';
import { startSimdEngine } from './simd/simd-engine.ts';

/**
 * The engine of the inference function, chosen by measurement: see docs/serving-engine.md. Nothing of TensorFlow.js is
 * loaded for it.
 *
 * @throws EarshotError ENGINE_UNAVAILABLE when WebAssembly with SIMD does not run here
 */
export function openInferenceEngine(): Promise<Engine> {
  return startSimdEngine();
}
