// Runs in a process of its own: does the native engine load, and does it compute rightly? Prints one JSON line.
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
const { default: tf } = await import('@tensorflow/tfjs-node');

const [rows, inner, columns] = [96, 64, 80];
let state = 1;
const random = () => {
  state = (state * 1664525 + 1013904223) >>> 0;
  return state / 2 ** 31 - 1;
};
const numbers = (length) => Float32Array.from({ length }, random);

/** The largest difference between TensorFlow's matrix product and three plain loops in double precision. */
function matMulError() {
  const left = numbers(rows * inner);
  const right = numbers(inner * columns);
  const product = tf
    .matMul(tf.tensor2d(left, [rows, inner]), tf.tensor2d(right, [inner, columns]))
    .dataSync();
  let worst = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += left[row * inner + k] * right[k * columns + column];
      worst = Math.max(worst, Math.abs(sum - product[row * columns + column]));
    }
  }
  return worst;
}

/** The loss of a small classifier before and after one Adam step. */
function adamStep() {
  const input = tf.tensor2d(numbers(rows * inner), [rows, inner]);
  const target = tf.tensor2d(
    numbers(rows * 4)
      .map(Math.round)
      .map(Math.abs),
    [rows, 4],
  );
  const weights = tf.variable(tf.tensor2d(numbers(inner * 4), [inner, 4]));
  const bias = tf.variable(tf.zeros([4]));
  const loss = () => tf.losses.sigmoidCrossEntropy(target, input.matMul(weights).add(bias));
  const optimizer = tf.train.adam(0.01);
  const { value, grads } = tf.variableGrads(loss, [weights, bias]);
  optimizer.applyGradients(grads);
  return { before: value.dataSync()[0], after: loss().dataSync()[0] };
}

console.log(
  JSON.stringify({
    backend: tf.getBackend(),
    tensorflow: tf.backend().binding.TF_Version,
    tfjsNode: tf.version['tfjs-node'],
    matMulError: matMulError(),
    loss: adamStep(),
  }),
);
