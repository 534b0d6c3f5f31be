import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../e2e/run-serverless.ts';

const folder = path.join(projectRoot, '../shared/data/audioset');

/** Google's AudioSet features as the briefing holds them; null, with a word on the console, where it is absent. */
export const realAudioSet = existsSync(folder)
  ? {
      train: path.join(folder, 'bal_train.tar.xz'),
      eval: path.join(folder, 'eval_public_half.tar.xz'),
      labels: path.join(folder, 'class_labels_indices.csv'),
    }
  : null;

if (realAudioSet === null)
  console.warn('../shared/data/audioset is not there: tests on real data are skipped');
