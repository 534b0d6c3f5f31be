import * as tf from '@tensorflow/tfjs-core';

/**
 * Replaces the gradient of `matMul` by one that is fast on WebAssembly.
 *
 * The backend's matMul is quick (XNNPACK) only without a transposed operand: the stock gradient
 * runs 10 to 60 times slower because it asks for `transposeA` and `transposeB`. Here the operand is
 * transposed by an operation of its own, which costs a few per cent. Values are the same.
 * Other backends keep the stock formulas: their matMul takes transposed operands at full speed.
 */
export function registerWasmGradients(): void {
  const stock = tf.getGradient(tf.BatchMatMul);
  if (stock.gradFunc === matMulGradient) return;
  stockGradient = stock.gradFunc;
  tf.registerGradient({ ...stock, gradFunc: matMulGradient });
}

let stockGradient: tf.GradFunc | undefined;

const matMulGradient: tf.GradFunc = (dy, saved, attributes) => {
  const [a, b] = saved as [tf.Tensor, tf.Tensor];
  const gradient = dy as tf.Tensor;
  const { transposeA, transposeB } = attributes as { transposeA?: boolean; transposeB?: boolean };
  if (tf.getBackend() !== 'wasm' || transposeA || transposeB) {
    return stockGradient!(dy, saved, attributes);
  }
  return { a: () => timesTransposed(gradient, b), b: () => tf.matMul(transposed(a), gradient) };
};

/** `x · yᵀ`, transposing the smaller operands: either y, or x and the product of the other order. */
function timesTransposed(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const rows = x.shape.at(-2)!;
  const inner = x.shape.at(-1)!;
  const columns = y.shape.at(-2)!;
  const direct = inner * columns;
  const reversed = rows * inner + rows * columns;
  return direct <= reversed ? tf.matMul(x, transposed(y)) : transposed(tf.matMul(y, transposed(x)));
}

/** Swaps the last two axes. */
function transposed(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}
