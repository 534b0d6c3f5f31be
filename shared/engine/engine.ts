import type * as tfjs from '@tensorflow/tfjs-core';
import type { Variables } from './variables.ts';

/** TensorFlow.js operations; values come only from an `Engine`, so that there is one copy of the library. */
export type Tf = typeof tfjs;

/** The TensorFlow.js backend that runs, chosen once, said in the log and stored in the run. */
export interface Engine {
  readonly name: 'native' | 'wasm' | 'cpu';
  /** For example `tfjs 4.22.0, TensorFlow 2.14.0`. */
  readonly version: string;
  readonly tf: Tf;
  /** Of the native engine alone. */
  readonly variables?: Variables;
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
