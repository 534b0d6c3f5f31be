import { Block, sizeOfShape } from './block.ts';

export type Combination = 'add' | 'subtract' | 'multiply' | 'divide';

/** Where a row of one operand lies: its first value, and how far it is to the next. */
interface Rows {
  readonly rowStep: number;
  readonly step: 0 | 1;
}

/**
 * Value by value; one of them, or both, may be a number, one row for all rows, or one number for each row.
 * @throws Error for other shapes: a fault of the code
 */
export function combined(kind: Combination, left: Block | number, right: Block | number): Block {
  const [a, b] = [asBlock(left), asBlock(right)];
  const shape = a.values.length >= b.values.length ? a.shape : b.shape;
  const length = shape.at(-1) ?? 1;
  const rows = sizeOfShape(shape) / length;
  const [ofA, ofB] = [rowsOf(a, shape), rowsOf(b, shape)];
  const result = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const [from, with_] = [row * ofA.rowStep, row * ofB.rowStep];
    combineRow(kind, result, row * length, length, a.values, from, ofA.step, b.values, with_, ofB.step);
  }
  return new Block(shape, result);
}

const asBlock = (operand: Block | number) =>
  typeof operand === 'number' ? new Block([], Float32Array.of(operand)) : operand;

function rowsOf({ shape, values }: Block, whole: readonly number[]): Rows {
  const length = whole.at(-1) ?? 1;
  const size = sizeOfShape(whole);
  if (values.length === size) return { rowStep: length, step: 1 };
  if (values.length === 1) return { rowStep: 0, step: 0 };
  if (values.length === length && shape.at(-1) === length) return { rowStep: 0, step: 1 };
  if (values.length === size / length && shape.at(-1) === 1) return { rowStep: 1, step: 0 };
  throw new Error(`[${shape}] cannot be combined with [${whole}]`);
}

/** One function with one loop for each kind: the compiler knows all its types. */
function combineRow(
  kind: Combination,
  to: Float32Array,
  at: number,
  length: number,
  a: Float32Array,
  fromA: number,
  stepA: number,
  b: Float32Array,
  fromB: number,
  stepB: number,
): void {
  switch (kind) {
    case 'add':
      for (let i = 0; i < length; i++) to[at + i] = a[fromA + i * stepA]! + b[fromB + i * stepB]!;
      break;
    case 'subtract':
      for (let i = 0; i < length; i++) to[at + i] = a[fromA + i * stepA]! - b[fromB + i * stepB]!;
      break;
    case 'multiply':
      for (let i = 0; i < length; i++) to[at + i] = a[fromA + i * stepA]! * b[fromB + i * stepB]!;
      break;
    case 'divide':
      for (let i = 0; i < length; i++) to[at + i] = a[fromA + i * stepA]! / b[fromB + i * stepB]!;
  }
}
