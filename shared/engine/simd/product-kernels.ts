import { type Code, type WasmFunction, wasm, wasmModule } from './wasm-code.ts';

/** Columns of a panel: two vectors. */
export const panelColumns = 8;
/** Rows of a block at most: their sums and what they are made of fill the registers. */
export const mostRows = 5;

/** Panels are padded to a multiple of this with zeros: as many as the kernel for one row takes at once. */
export const panelStep = 4;

/** The product of a block of rows with some panels, in the memory of the module. */
export type ProductKernel = (
  /** Address of the inputs, `[inputs][rows]` float32. */
  x: number,
  /** Of the panels, `[panels][inputs][8]`. */
  panels: number,
  /** Of the outputs, `[rows][…]` float32; of the first panel's first column. */
  y: number,
  /** Bytes of the inputs. */
  size: number,
  panelCount: number,
  /** Bytes from one row of outputs to the next. */
  rowBytes: number,
  /** Of a panel. */
  panelBytes: number,
) => void;

export const kernelName = (rows: number) => `rows${rows}`;

const [x, panels, y, size, panelCount, rowBytes, panelBytes, at, end, out, firstPointer] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];

/**
 * Sums over the inputs in registers, for all rows and the eight columns of a panel. Inputs are added in their order
 * whatever the number of rows: a clip has the same scores alone and in company.
 *
 * The inner loop is not unrolled: the compiler would load ahead more than there are registers, and is slower then.
 */
function productKernel(rows: number): WasmFunction {
  // With few rows several panels at once: an addition waits for the one before it.
  const wide = rows === 1 ? panelStep : rows === 2 ? 2 : 1;
  const firstVector = firstPointer + wide;
  const sums = wide * rows * 2;
  const sumOf = (panel: number, row: number, half: number) => firstVector + (panel * rows + row) * 2 + half;
  const spare = [0, 1, 2].map((i) => firstVector + sums + i) as [number, number, number];

  const loadWeights = (panel: number, half: number, target: number): Code => [
    ...[...wasm.get(firstPointer + panel), ...wasm.load(half * 16), ...wasm.set(target)],
  ];
  const loadValue = (row: number, target: number): Code => [
    ...[...wasm.get(at), ...wasm.loadSplat(row * 4), ...wasm.set(target)],
  ];
  const accumulate = (sum: number, value: number, weights: number): Code => [
    ...[...wasm.get(sum), ...wasm.get(value), ...wasm.get(weights), ...wasm.multiplyFloats],
    ...[...wasm.addFloats, ...wasm.set(sum)],
  ];
  /** Of few rows the values are kept and each weight is used up at once; of several rows it is the other way round. */
  const stepOfFew: Code = [
    ...count(rows).flatMap((row) => loadValue(row, spare[row]!)),
    ...count(wide * 2).flatMap((n) => [
      ...loadWeights(n >> 1, n & 1, spare[2]),
      ...count(rows).flatMap((row) => accumulate(sumOf(n >> 1, row, n & 1), spare[row]!, spare[2])),
    ]),
  ];
  const stepOfSeveral: Code = [
    ...[0, 1].flatMap((half) => loadWeights(0, half, spare[half]!)),
    ...count(rows).flatMap((row) => [
      ...loadValue(row, spare[2]),
      ...[0, 1].flatMap((half) => accumulate(sumOf(0, row, half), spare[2], spare[half]!)),
    ]),
  ];
  const advance = (local: number, by: Code): Code => [
    ...[...wasm.get(local), ...by, ...wasm.add, ...wasm.set(local)],
  ];
  const storeRow = (row: number): Code => [
    ...count(wide * 2).flatMap((n) => [
      ...[...wasm.get(out), ...wasm.get(sumOf(n >> 1, row, n & 1)), ...wasm.store(n * 16)],
    ]),
    ...advance(out, wasm.get(rowBytes)),
  ];
  const group: Code = [
    ...count(sums).flatMap((i) => [...wasm.zero, ...wasm.set(firstVector + i)]),
    ...count(wide).flatMap((i) => [
      ...[...wasm.get(panels), ...wasm.set(firstPointer + i)],
      ...advance(panels, wasm.get(panelBytes)),
    ]),
    ...[...wasm.get(x), ...wasm.set(at)],
    ...wasm.repeat([
      ...(rows <= 2 ? stepOfFew : stepOfSeveral),
      ...count(wide).flatMap((i) => advance(firstPointer + i, wasm.int(panelColumns * 4))),
      ...advance(at, wasm.int(rows * 4)),
      ...[...wasm.get(at), ...wasm.get(end), ...wasm.isBelow],
    ]),
    ...[...wasm.get(y), ...wasm.set(out)],
    ...count(rows).flatMap(storeRow),
    ...advance(y, wasm.int(wide * panelColumns * 4)),
    ...advance(panelCount, wasm.int(-wide)),
    ...wasm.get(panelCount),
  ];
  return {
    name: kernelName(rows),
    parameters: 7,
    integers: 3 + wide,
    vectors: sums + 3,
    code: [...[...wasm.get(x), ...wasm.get(size), ...wasm.add, ...wasm.set(end)], ...wasm.repeat(group)],
  };
}

const count = (of: number) => Array.from({ length: of }, (_, i) => i);

/** The module with the kernels for blocks of 1 to 5 rows. */
export function productModule(): Uint8Array<ArrayBuffer> {
  return wasmModule(count(mostRows).map((i) => productKernel(i + 1)));
}
