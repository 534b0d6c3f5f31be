import { Block } from './block.ts';

/** `[rows, inputs] · [inputs, outputs]`, best of a kept matrix; or small products one by one: `[n, a, b] · [n, b, c]`. */
export function productOf(left: Block, right: Block): Block {
  if (right.product !== undefined) {
    const rows = left.shape[0]!;
    return new Block([rows, right.shape[1]!], right.product.multiply(left.values, rows));
  }
  const [rows, inner] = left.shape.slice(-2) as [number, number];
  const columns = right.shape.at(-1)!;
  const count = left.shape.length === 2 ? 1 : left.shape[0]!;
  const result = new Float32Array(count * rows * columns);
  const [a, b] = [left.values, right.values];
  for (let one = 0; one < count; one++) {
    for (let row = 0; row < rows; row++) {
      const to = (one * rows + row) * columns;
      for (let i = 0; i < inner; i++) {
        const factor = a[(one * rows + row) * inner + i]!;
        const from = (one * inner + i) * columns;
        for (let column = 0; column < columns; column++) result[to + column]! += factor * b[from + column]!;
      }
    }
  }
  return new Block([...left.shape.slice(0, -1), columns], result);
}
