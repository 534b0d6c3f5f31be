import type { Engine } from '../shared/engine/engine.ts';
import type { Binding, NativeBackend, Output } from '../shared/engine/native-binding.ts';

/** What operations are for; the rest of them is `element-wise`. */
const kinds: readonly (readonly [string, RegExp])[] = [
  ['products', /^(Batch)?MatMul/],
  ['sums', /^(Sum|Mean|AddN|BiasAddGrad)$/],
  ['softmax and sigmoid', /^(Softmax|Sigmoid|SigmoidGrad|Softplus|LogSoftmax)$/],
  ['optimizer', /^Resource/],
  ['copies', /^(Transpose|Reshape|Concat|Pack|Slice|BroadcastTo|Fill|Cast)/],
];

type Call = (...args: never[]) => unknown;

/**
 * Seconds a step of processor time that each kind of operation takes, of what goes to TensorFlow and from it, and of
 * JavaScript for the rest: batches, dropout masks, automatic differentiation.
 */
export async function operationTimes(
  { tf }: Engine,
  work: () => Promise<void>,
  steps: number,
): Promise<Record<string, number>> {
  const backend = tf.backend() as unknown as { binding: Binding } & NativeBackend;
  const { binding } = backend;
  const seconds: Record<string, number> = {};
  let inside = 0;
  const timed = <F extends Call>(call: F, kindOf: (...args: Parameters<F>) => string): F =>
    ((...args: Parameters<F>) => {
      const began = process.cpuUsage();
      const result = call.apply(binding, args);
      const { user, system } = process.cpuUsage(began);
      const taken = (user + system) / 1e6 / steps;
      const kind = kindOf(...args);
      seconds[kind] = (seconds[kind] ?? 0) + taken;
      inside += taken;
      return result;
    }) as F;
  const moves = () => 'to and from TensorFlow';
  // Its functions are read-only, so that they cannot be replaced one by one.
  const counted: Binding = Object.create(binding, {
    executeOp: { value: timed(binding.executeOp as (name: string) => Output[], kindOfOperation) },
    createTensor: { value: timed(binding.createTensor as Call, moves) },
    deleteTensor: { value: timed(binding.deleteTensor as Call, moves) },
    tensorDataSync: { value: timed((binding as unknown as { tensorDataSync: Call }).tensorDataSync, moves) },
  });
  const began = process.cpuUsage();
  backend.binding = counted;
  try {
    await work();
  } finally {
    backend.binding = binding;
  }
  const { user, system } = process.cpuUsage(began);
  seconds['JavaScript'] = (user + system) / 1e6 / steps - inside;
  return Object.fromEntries(Object.entries(seconds).sort(([, a], [, b]) => b - a));
}

function kindOfOperation(name: string): string {
  return kinds.find(([, pattern]) => pattern.test(name))?.[0] ?? 'element-wise';
}
