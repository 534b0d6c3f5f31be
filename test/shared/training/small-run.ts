import type { Engine } from '../../../shared/engine/engine.ts';
import { resolveTraining, trainingSettingsSchema } from '../../../shared/training/settings.ts';
import {
  type FinishedTraining,
  type TrainingOptions,
  trainClassifier,
} from '../../../shared/training/train-classifier.ts';
import { toneClips } from './tone-clips.ts';

const train = toneClips({ clips: 200 });
/** Clips that small runs are measured with. */
export const evaluationTones = toneClips({ clips: 150, seed: 2 });

export const smallMlp = { head: 'mlp', hidden: [24, 24], dropout: 0.2 };

/** Options for a small run on the given data. */
export function smallRun(engine: Engine, request: object, data = train): TrainingOptions {
  const settings = trainingSettingsSchema.parse({
    batchSize: 32,
    learningRate: 0.01,
    ...('recipe' in request ? {} : { model: smallMlp }),
    ...request,
  });
  const { clips, width, maxFrames } = data;
  return {
    engine,
    ...resolveTraining(settings, { clips, clipsPerClass: 100, width, maxFrames, labels: 4 }),
    train: data,
    evaluate: evaluationTones,
  };
}

/** @throws Error when the run is stopped before its end */
export async function finish(run: TrainingOptions): Promise<FinishedTraining> {
  const result = await trainClassifier(run);
  if (result.outcome !== 'finished') throw new Error(`stopped at step ${result.step}`);
  return result;
}
