import { atOnce, type Steps } from '../../model/steps.ts';
import {
  kernelName,
  mostRows,
  type ProductKernel,
  panelColumns,
  panelStep,
  productModule,
} from './product-kernels.ts';
import { type WasmMemory, type WasmModule, webAssembly } from './web-assembly.ts';

const pageBytes = 65_536;
/** Some tenths of a millisecond of copying. */
const valuesPerStep = 65_536;
/** Of the matrix that are put in order together. */
const fillRows = 32;

let compiled: WasmModule | undefined;

/** Compiles the kernels, in another thread; before the first product. */
export async function compileProducts(): Promise<void> {
  compiled ??= await webAssembly.compile(productModule());
}

/**
 * A matrix `[inputs, outputs]` in a memory of its own, in the order in which it is multiplied with: panels of eight
 * columns. The memory goes with the last reference to it.
 */
export class StoredProduct {
  readonly inputs: number;
  readonly outputs: number;
  private readonly panels: number;
  private readonly kernels: readonly ProductKernel[];
  private readonly memory: WasmMemory;
  /** Of a block of rows; addresses in bytes. */
  private readonly place: { readonly x: number; readonly y: number };

  /** @param values row-major; null when `inSteps` fills it */
  constructor(values: Float32Array | null, inputs: number, outputs: number) {
    if (compiled === undefined) throw new Error('products are compiled first');
    this.inputs = inputs;
    this.outputs = outputs;
    this.panels = Math.ceil(outputs / (panelColumns * panelStep)) * panelStep;
    const x = this.panels * this.panelBytes;
    const y = x + inputs * mostRows * 4;
    this.place = { x, y };
    const pages = Math.ceil((y + mostRows * this.rowBytes) / pageBytes);
    this.memory = new webAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new webAssembly.Instance(compiled, { env: { memory: this.memory } });
    this.kernels = Array.from(
      { length: mostRows },
      (_, i) => (exports as Record<string, ProductKernel>)[kernelName(i + 1)]!,
    );
    if (values !== null) atOnce(this.fillPanels(values));
  }

  /** Its values are put in order a part at a time. */
  static *inSteps(values: Float32Array, inputs: number, outputs: number): Steps<StoredProduct> {
    const product = new StoredProduct(null, inputs, outputs);
    yield* product.fillPanels(values);
    return product;
  }

  private get panelBytes(): number {
    return this.inputs * panelColumns * 4;
  }

  private get rowBytes(): number {
    return this.panels * panelColumns * 4;
  }

  private *fillPanels(values: Float32Array): Steps<void> {
    const { inputs, outputs } = this;
    const target = new Float32Array(this.memory.buffer, 0, this.panels * inputs * panelColumns);
    const whole = Math.floor(outputs / panelColumns) * panelColumns;
    let sinceStep = 0;
    // A few rows at a time, so that what is read for one panel is there for the next.
    for (let firstInput = 0; firstInput < inputs; firstInput += fillRows) {
      const endInput = Math.min(firstInput + fillRows, inputs);
      sinceStep += (endInput - firstInput) * outputs;
      if (sinceStep > valuesPerStep) {
        sinceStep = 0;
        yield;
      }
      for (let first = 0; first < whole; first += panelColumns) {
        for (let input = firstInput; input < endInput; input++) {
          copyEight(values, input * outputs + first, target, first * inputs + input * panelColumns);
        }
      }
      for (let input = firstInput; whole < outputs && input < endInput; input++) {
        const last = values.subarray(input * outputs + whole, (input + 1) * outputs);
        target.set(last, whole * inputs + input * panelColumns);
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
    const { inputs, outputs, panels, rowBytes, panelBytes, place } = this;
    this.writeInputs(x, first, rows);
    this.kernels[rows - 1]!(place.x, 0, place.y, inputs * rows * 4, panels, rowBytes, panelBytes);
    for (let row = 0; row < rows; row++) {
      const made = new Float32Array(this.memory.buffer, place.y + row * rowBytes, outputs);
      result.set(made, (first + row) * outputs);
    }
  }

  /** `[inputs][rows]` */
  private writeInputs(x: Float32Array, first: number, rows: number): void {
    const { inputs } = this;
    const target = new Float32Array(this.memory.buffer, this.place.x, inputs * rows);
    for (let row = 0; row < rows; row++) {
      const from = (first + row) * inputs;
      for (let i = 0; i < inputs; i++) target[i * rows + row] = x[from + i]!;
    }
  }
}

function copyEight(from: Float32Array, at: number, to: Float32Array, place: number): void {
  to[place] = from[at]!;
  to[place + 1] = from[at + 1]!;
  to[place + 2] = from[at + 2]!;
  to[place + 3] = from[at + 3]!;
  to[place + 4] = from[at + 4]!;
  to[place + 5] = from[at + 5]!;
  to[place + 6] = from[at + 6]!;
  to[place + 7] = from[at + 7]!;
}
