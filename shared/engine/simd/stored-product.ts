import {
  inputStep,
  kernelName,
  mostRows,
  type ProductKernel,
  panelColumns,
  panelStep,
  productModule,
  type Stored,
} from './product-kernels.ts';
import { type WasmMemory, type WasmModule, webAssembly } from './web-assembly.ts';

const pageBytes = 65_536;
/** By which inputs are multiplied where weights are halves: see `productKernel`. */
const halvesExponent = 112;

let compiled: WasmModule | undefined;

/** Starts the compiler; later products find the module made. */
export function compileProducts(): void {
  compiled ??= new webAssembly.Module(productModule());
}

/**
 * A matrix `[inputs, outputs]` in a memory of its own, as it is best multiplied with: in panels of eight columns, halves
 * as they are stored. The memory goes with the last reference to it.
 */
export class StoredProduct {
  readonly inputs: number;
  readonly outputs: number;
  private readonly stored: Stored;
  private readonly paddedInputs: number;
  private readonly panels: number;
  private readonly kernels: readonly ProductKernel[];
  private readonly memory: WasmMemory;
  /** Of a block of rows; addresses in bytes. */
  private readonly place: { readonly x: number; readonly y: number };

  /** @param values row-major; of halves the bits of float16 */
  constructor(values: Float32Array | Uint16Array, inputs: number, outputs: number) {
    compileProducts();
    this.inputs = inputs;
    this.outputs = outputs;
    this.stored = values instanceof Uint16Array ? 'halves' : 'floats';
    this.paddedInputs = Math.ceil(inputs / inputStep) * inputStep;
    this.panels = Math.ceil(outputs / (panelColumns * panelStep)) * panelStep;
    const x = this.panels * this.panelBytes;
    const y = x + this.paddedInputs * mostRows * 4;
    this.place = { x, y };
    const bytes = y + this.panels * panelColumns * mostRows * 4;
    const pages = Math.ceil(bytes / pageBytes);
    this.memory = new webAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new webAssembly.Instance(compiled!, { env: { memory: this.memory } });
    this.kernels = Array.from(
      { length: mostRows },
      (_, i) => (exports as Record<string, ProductKernel>)[kernelName(this.stored, i + 1)]!,
    );
    this.fillPanels(values);
  }

  private get panelBytes(): number {
    return this.paddedInputs * panelColumns * (this.stored === 'halves' ? 2 : 4);
  }

  private fillPanels(values: Float32Array | Uint16Array): void {
    const { inputs, outputs, paddedInputs } = this;
    const size = this.panels * paddedInputs * panelColumns;
    const { buffer } = this.memory;
    const target =
      values instanceof Uint16Array ? new Uint16Array(buffer, 0, size) : new Float32Array(buffer, 0, size);
    for (let panel = 0; panel < this.panels; panel++) {
      const first = panel * panelColumns;
      const columns = Math.max(0, Math.min(panelColumns, outputs - first));
      for (let input = 0; input < inputs; input++) {
        const to = (panel * paddedInputs + input) * panelColumns;
        const from = input * outputs + first;
        for (let i = 0; i < columns; i++) target[to + i] = values[from + i]!;
      }
    }
  }

  /**
   * @param x `[rows, inputs]`, row-major
   * @returns `[rows, outputs]`, row-major
   */
  multiply(x: Float32Array, rows: number): Float32Array {
    const result = new Float32Array(rows * this.outputs);
    const blocks = Math.ceil(rows / mostRows);
    for (let block = 0, first = 0; block < blocks; block++) {
      const count = Math.ceil((rows - first) / (blocks - block));
      this.multiplyBlock(x, first, count, result);
      first += count;
    }
    return result;
  }

  private multiplyBlock(x: Float32Array, first: number, rows: number, result: Float32Array): void {
    const { outputs, panels, paddedInputs } = this;
    const unscaled = this.writeInputs(x, first, rows);
    const rowBytes = panels * panelColumns * 4;
    const kernel = this.kernels[rows - 1]!;
    kernel(this.place.x, 0, this.place.y, paddedInputs * rows * 4, panels, rowBytes, this.panelBytes);
    for (let row = 0; row < rows; row++) {
      const from = new Float32Array(this.memory.buffer, this.place.y + row * rowBytes, outputs);
      const to = result.subarray((first + row) * outputs, (first + row + 1) * outputs);
      if (unscaled === 1) to.set(from);
      else for (let i = 0; i < outputs; i++) to[i] = from[i]! * unscaled;
    }
  }

  /** `[inputs][rows]`, scaled as the kernel wants them. @returns by what the outputs are to be multiplied */
  private writeInputs(x: Float32Array, first: number, rows: number): number {
    const { inputs, paddedInputs } = this;
    const [scale, unscaled] = this.stored === 'halves' ? scaleOf(x, first * inputs, rows * inputs) : [1, 1];
    const target = new Float32Array(this.memory.buffer, this.place.x, paddedInputs * rows);
    for (let row = 0; row < rows; row++) {
      const from = (first + row) * inputs;
      for (let i = 0; i < inputs; i++) target[i * rows + row] = x[from + i]! * scale;
    }
    target.fill(0, inputs * rows);
    return unscaled;
  }
}

/** 2¹¹² unless that makes one of the inputs infinite; and what makes up for less. */
function scaleOf(x: Float32Array, from: number, length: number): [number, number] {
  let largest = 0;
  for (let i = from; i < from + length; i++) {
    const size = Math.abs(x[i]!);
    if (size > largest) largest = size;
  }
  if (largest < 2 ** 14 || !Number.isFinite(largest)) return [2 ** halvesExponent, 1];
  const exponent = 126 - Math.ceil(Math.log2(largest));
  return [2 ** exponent, 2 ** (halvesExponent - exponent)];
}
