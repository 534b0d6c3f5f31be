/** What is used of WebAssembly; the types of Node do not have it. */
interface WebAssemblyHost {
  readonly compile: (bytes: Uint8Array) => Promise<WasmModule>;
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: object };
}

/** Compiled code. */
export type WasmModule = object & { readonly brand?: 'module' };

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyHost }).WebAssembly;
