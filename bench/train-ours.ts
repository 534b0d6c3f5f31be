import { openEngine } from '../shared/engine/open-engine.ts';
import { initialWeights } from '../shared/model/initial-weights.ts';
import { preprocessingOf } from '../shared/model/preprocessing.ts';
import { createLearner } from '../shared/training/create-learner.ts';
import { batchesAhead } from '../shared/training/prepare-ahead.ts';
import { factsOf } from '../shared/training/training-facts.ts';
import { runSteps } from '../shared/training/training-loop.ts';
import { initialState } from '../shared/training/training-state.ts';
import { operationTimes } from './operation-times.ts';
import { load, productFlops, randomClips, referenceTraining } from './train-load.ts';

/** Seconds of the clock, and of processors, for some work. */
export interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

export async function takenBy(work: () => unknown): Promise<Taken> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
}

export interface OurTraining {
  readonly engine: string;
  /** Of the matrix products of a step. */
  readonly flops: number;
  /** Makes steps as a run does, by its loop, with its batches and its learner; what one of them takes. */
  steps(count: number): Promise<Taken>;
  /** Where a step's seconds go, by what TensorFlow is asked for. */
  profile(steps: number): Promise<Record<string, number>>;
  /** A product of the size of the model's largest ones. */
  product(): Promise<Taken & { flops: number }>;
  close(): Promise<void>;
}

export async function startOurs(): Promise<OurTraining> {
  const engine = await openEngine('native');
  const { tf } = engine;
  const { spec, settings } = referenceTraining();
  const table = randomClips();
  const rows = Uint32Array.from({ length: table.clips }, (_, row) => row);
  const preprocessing = preprocessingOf(table.frames);
  const facts = await factsOf(table, rows, spec.labels, preprocessing);
  const state = initialState('bench', spec, initialWeights(spec, settings.seed, facts));
  const learner = createLearner(engine, spec, settings, state);
  const batches = batchesAhead({ spec, settings, preprocessing, table, rows });
  const make = (count: number) =>
    runSteps(
      {
        settings: { ...settings, steps: state.step + count },
        ...{ learner, batch: batches.batch, clips: table.clips },
        validate: async () => null,
        checkpoint: async () => {},
      },
      state,
    );
  const [left, right] = [
    tf.randomNormal([settings.batchSize * spec.maxFrames, load.hidden]),
    tf.randomNormal([load.hidden, load.hidden]),
  ];
  return {
    engine: engine.version,
    flops: productFlops(spec, settings.batchSize),
    steps: async (count) => {
      const { wall, cpu } = await takenBy(() => make(count));
      return { wall: wall / count, cpu: cpu / count };
    },
    profile: (steps) => operationTimes(engine, () => make(steps), steps),
    product: async () => {
      const taken = await takenBy(() => tf.matMul(left, right).dispose());
      return { ...taken, flops: 2 * left.size * load.hidden };
    },
    close: batches.close,
  };
}
