import { availableParallelism, loadavg } from 'node:os';
import { audiosetLabels } from '../shared/dataset/label-list.ts';
import type { Engine } from '../shared/engine/engine.ts';
import { openEngine } from '../shared/engine/open-engine.ts';
import { rankingMetrics } from '../shared/metrics/ranking-metrics.ts';
import { preprocessingOf } from '../shared/model/preprocessing.ts';
import { clipsPerClass } from '../shared/training/clips-per-class.ts';
import { labelsOf, scoreRows } from '../shared/training/evaluate.ts';
import { resolveTraining, trainingSettingsSchema } from '../shared/training/settings.ts';
import { trainClassifier } from '../shared/training/train-classifier.ts';
import { type TrainingState, weightsOf } from '../shared/training/training-state.ts';
import { audiosetClips, type TrainAndEval } from './audioset-clips.ts';
import type { BenchResult } from './bench.ts';
import { referenceSteps } from './reference-steps.ts';
import { Stopwatch } from './stopwatch.ts';
import { startRival } from './train-rivals.ts';

const wantedMAP = 0.26;
/** Looks at eval are not part of the time. */
const stepsBetweenLooks = 50;
/** How long the reference is timed. */
const referenceSeconds = 180;
const stepsAtOnce = 5;

/**
 * Seconds until the recipe `fast` has mAP 0.26 on the public half of eval, from the first step on, against the
 * reference's multi-level attention in PyTorch (H = 1024, batches of 500): the time of its steps, measured for three
 * minutes, times the number of them that it needs.
 */
export async function benchTimeToMap(options: readonly string[]): Promise<BenchResult> {
  if (options.length > 0) throw new Error('usage: npm run bench -- time-to-map');
  const threads = availableParallelism();
  const ours = await oursTo(wantedMAP, await openEngine('native'), await audiosetClips());
  const load = { ours: loadavg()[0], reference: 0 };
  const step = await referenceStep(threads);
  load.reference = loadavg()[0]!;
  const { steps } = referenceSteps;
  const reference = step === null ? null : { wall: step.wall * steps, cpu: step.cpu * steps };
  return {
    bench: 'time-to-map',
    ratio: reference === null ? {} : { reference: reference.wall / ours.wall },
    // Of processor time, which other work on the machine takes less part in.
    cpuRatio: reference === null ? {} : { reference: reference.cpu / ours.cpu },
    ...{ wantedMAP, threads, load, ours },
    reference: { ...reference, step, needed: referenceSteps },
  };
}

async function oursTo(wanted: number, engine: Engine, { train, evaluate }: TrainAndEval) {
  const labels = audiosetLabels.length;
  const { spec, settings } = resolveTraining(
    trainingSettingsSchema.parse({
      recipe: 'fast',
      evaluateEverySteps: stepsBetweenLooks,
      checkpointEverySteps: stepsBetweenLooks,
    }),
    {
      ...{ clips: train.clips, width: train.width, maxFrames: train.maxFrames, labels },
      clipsPerClass: clipsPerClass(train),
    },
  );
  const rows = Uint32Array.from({ length: evaluate.clips }, (_, row) => row);
  const truth = labelsOf(evaluate, rows);
  const preprocessing = preprocessingOf(train.frames);
  const mAPOf = async (state: TrainingState) => {
    const weights = weightsOf(state, 'average', spec);
    const scores = await scoreRows({ tf: engine.tf, spec, weights, preprocessing, table: evaluate, rows });
    return rankingMetrics(truth, labels, scores).mAP;
  };
  const reached = new AbortController();
  const watch = new Stopwatch();
  const curve: { step: number; mAP: number; wall: number; cpu: number }[] = [];
  await trainClassifier({
    ...{ engine, spec, settings, train, evaluate },
    signal: reached.signal,
    onPhase: () => watch.start(),
    onCheckpoint: async (state) => {
      if (reached.signal.aborted) return;
      const taken = watch.stop();
      const mAP = await mAPOf(state);
      curve.push({ step: state.step, mAP, ...taken });
      console.error(
        `step ${state.step} of ${settings.steps}, ${taken.wall.toFixed(1)} s: mAP ${mAP.toFixed(4)}`,
      );
      if (mAP >= wanted) reached.abort();
      watch.start();
    },
  });
  const last = curve.at(-1)!;
  if (last.mAP < wanted)
    throw new Error(`mAP ${wanted} was not reached: ${last.mAP} after ${last.step} steps`);
  return { ...last, curve };
}

/** Seconds of a step; null, with a word, without PyTorch. */
async function referenceStep(threads: number) {
  const rival = startRival('pytorch', threads);
  if (rival === null) return null;
  try {
    await rival.steps('eager', 1);
    const sum = { wall: 0, cpu: 0, count: 0 };
    while (sum.wall < referenceSeconds) {
      const { wall, cpu } = await rival.steps('eager', stepsAtOnce);
      sum.wall += wall * stepsAtOnce;
      sum.cpu += cpu * stepsAtOnce;
      sum.count += stepsAtOnce;
    }
    return { wall: sum.wall / sum.count, cpu: sum.cpu / sum.count, timed: sum.count };
  } finally {
    await rival.close();
  }
}
