import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../engine/engine.ts';
import type { Variable, Variables } from '../engine/variables.ts';
import { weightLayout } from '../model/layout.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import { type AdamStep, beta1, beta2, epsilon } from './adam.ts';
import { checkFinite } from './check-finite.ts';
import { type GradientTensors, gradientTensors } from './gradients.ts';
import type { Learner } from './learner.ts';
import type { ResolvedSettings } from './settings.ts';
import { isKernel, stepShares } from './step-shares.ts';
import type { TrainingState } from './training-state.ts';

const groups = ['weights', 'm', 'v', 'average'] as const;
type Group = (typeof groups)[number];

/**
 * Keeps weights, moments and averages in the engine's memory, so that no step copies them; the arrays of the state
 * are brought up to date when they are asked for.
 */
export function createVariableLearner(
  tf: Tf,
  variables: Variables,
  spec: ModelSpec,
  settings: ResolvedSettings,
  state: TrainingState,
): Learner {
  const layout = weightLayout(spec);
  const shapes = new Map(layout.map(({ name, shape }) => [name, [...shape]]));
  const held = (group: Group) =>
    new Map(
      [...state[group]].map(([name, values]) => {
        const value = tf.tensor(values.slice(), shapes.get(name)!);
        const variable = variables.create(value);
        value.dispose();
        return [name, variable];
      }),
    );
  const of = { weights: held('weights'), m: held('m'), v: held('v'), average: held('average') };
  let computed: GradientTensors | null = null;
  const release = () => {
    if (computed === null) return;
    tf.dispose(tensorsOf(computed));
    computed = null;
  };
  /** average += share · (newest - average) */
  const moveTowards = (average: Variable, newest: Tensor, share: number) => {
    tf.tidy(() => {
      const before = average.read();
      const behind = tf.sub(before, newest);
      before.dispose();
      average.descend(share, behind);
    });
  };
  const adam = (name: string, gradient: Tensor, { rate, kept, averageShare }: AdamStep) => {
    const slots = { weight: of.weights.get(name)!, m: of.m.get(name)!, v: of.v.get(name)! };
    if (kept !== 1) tf.tidy(() => slots.weight.assign(tf.mul(slots.weight.read(), kept)));
    variables.adam(slots, { rate, beta1, beta2, epsilon }, gradient);
    tf.tidy(() => moveTowards(of.average.get(name)!, slots.weight.read(), averageShare));
  };

  return {
    compute(batch, step) {
      release();
      tf.tidy(() => {
        const weights = Object.fromEntries(layout.map(({ name }) => [name, of.weights.get(name)!.read()]));
        computed = gradientTensors({ tf, spec, batch, seed: settings.seed, step }, weights);
        tensorsOf(computed).map((tensor) => tf.keep(tensor));
      });
      return provenLoss(tf, computed!, step);
    },
    apply(step) {
      if (computed === null) throw new Error('no gradients were computed');
      const shares = stepShares(settings, step);
      for (const [name, gradient] of computed.gradients) {
        adam(name, gradient, isKernel(name) ? shares.kernel : shares.other);
      }
      for (const [name, statistic] of computed.statistics) {
        const moving = of.weights.get(name)!;
        moveTowards(moving, statistic, shares.statistics);
        tf.tidy(() => moveTowards(of.average.get(name)!, moving.read(), shares.other.averageShare));
      }
      release();
    },
    save() {
      for (const group of groups) {
        for (const [name, variable] of of[group]) {
          tf.tidy(() => state[group].get(name)!.set(variable.read().dataSync<'float32'>()));
        }
      }
    },
    dispose() {
      release();
      for (const group of groups) for (const variable of of[group].values()) variable.dispose();
    },
  };
}

const tensorsOf = ({ loss, gradients, statistics }: GradientTensors): Tensor[] => [
  loss,
  ...gradients.values(),
  ...statistics.values(),
];

/** @throws EarshotError TRAINING_DIVERGED */
function provenLoss(tf: Tf, { loss, gradients, statistics }: GradientTensors, step: number): number {
  // One number says whether all are finite; only when it is not, each is looked at.
  const [value, total] = tf.tidy(() => {
    const sums = [...gradients.values(), ...statistics.values()].map((tensor) => tf.sum(tensor));
    return tf.stack([loss, tf.addN(sums)]).dataSync<'float32'>();
  });
  if (!Number.isFinite(value!) || !Number.isFinite(total!)) {
    const arrays = (of: ReadonlyMap<string, Tensor>) =>
      new Map([...of].map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]));
    checkFinite(step, { loss: value!, gradients: arrays(gradients), statistics: arrays(statistics) });
  }
  return value!;
}
