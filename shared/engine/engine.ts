import type * as tfjs from '@tensorflow/tfjs-core';
import type { Steps } from '../model/steps.ts';
import type { Weight } from '../model/weights.ts';
import type { Variables } from './variables.ts';

/**
 * TensorFlow.js operations; values come only from an `Engine`, so that there is one copy of the library. The engine that
 * serves has those of them that a forward pass needs.
 */
export type Tf = typeof tfjs;

/** What computes, chosen once, said in the log and stored in the run: a backend of TensorFlow.js, or our kernels. */
export interface Engine {
  readonly name: 'native' | 'wasm' | 'cpu' | 'simd';
  /** For example `tfjs 4.22.0, TensorFlow 2.14.0`. */
  readonly version: string;
  readonly tf: Tf;
  /** Of the native engine alone. */
  readonly variables?: Variables;
  /** Of an engine that keeps the weights of a model in a way of its own: what its operations take for them. */
  readonly keep?: (weight: Weight) => Steps<tfjs.Tensor>;
  /** Set when `auto` could not have the native engine: why. */
  readonly nativeUnavailable?: string;
}

export interface WasmOptions {
  /**
   * Folder with `tfjs-backend-wasm-simd.wasm` and its siblings. A bundle gives the folder it lies in;
   * without it the installed package is used.
   */
  readonly wasmFolder?: string;
}
