import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { audiosetLabels } from '../shared/dataset/label-list.ts';
import { foldNormalisation } from '../shared/model/fold.ts';
import { initialWeights } from '../shared/model/initial-weights.ts';
import { modelSpecSchema } from '../shared/model/model-spec.ts';
import { preprocessingOf } from '../shared/model/preprocessing.ts';
import { encodeSavedModel, type SavedModelFiles } from '../shared/model/saved-model.ts';
import { SeededRandom } from '../shared/random/seeded-random.ts';
import { moveAlias } from '../shared/registry/aliases.ts';
import { publishVersion } from '../shared/registry/versions.ts';
import type { ObjectStore } from '../shared/storage/object-store.ts';
import { modelOf } from '../shared/training/recipes.ts';

/** The default model of a large set, and the reference's multi-level attention at its own size. */
export const benchModels = {
  best: modelOf('best', 20_000),
  'multi-attention': { head: 'multi-attention', hidden: 1024 },
} as const;
export type BenchModel = keyof typeof benchModels;

export const shape = { labels: 527, width: 128, maxFrames: 10 } as const;

/** Random weights, as before the first step of a training: what a pass costs does not depend on them. */
export function savedBenchModel(name: BenchModel): SavedModelFiles {
  const { labels, width } = shape;
  const spec = modelSpecSchema.parse({ model: benchModels[name], ...shape });
  const random = new SeededRandom(1);
  const facts = {
    priors: Float32Array.from({ length: labels }, () => 0.05 + 0.5 * random.uniform()),
    mean: new Float32Array(width),
    deviation: new Float32Array(width).fill(0.3),
    frameDeviation: new Float32Array(width).fill(0.5),
  };
  return encodeSavedModel({
    ...foldNormalisation(spec, initialWeights(spec, 1, facts)),
    preprocessing: preprocessingOf(new Uint8Array()),
    labels: audiosetLabels,
    precision: 'float16',
  });
}

/** As the objects of a version lie in the bucket. */
export function writeModel(folder: string, { modelJson, weights }: SavedModelFiles): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'model.json'), modelJson);
  for (const [name, bytes] of weights) writeFileSync(path.join(folder, name), bytes);
}

export function readModel(folder: string): SavedModelFiles {
  const weights = readdirSync(folder).filter((name) => name.endsWith('.bin'));
  return {
    modelJson: readFileSync(path.join(folder, 'model.json')),
    weights: new Map(weights.map((name) => [name, readFileSync(path.join(folder, name))])),
  };
}

export async function publishModel(store: ObjectStore, name: string, files: SavedModelFiles): Promise<void> {
  const about = { labels: audiosetLabels, metrics: {}, lineage: {}, card: '# For a bench\n' };
  await publishVersion(store, name, '1', files, about);
  await moveAlias(store, name, { alias: 'stable', version: '1', reason: 'a bench' });
}

/** Bodies of `POST /predict`, one clip of random bytes each. */
export function requestBodies(count: number, options: object = {}): Buffer[] {
  const random = new SeededRandom(2);
  const frame = () => Array.from({ length: shape.width }, () => random.below(256));
  return Array.from({ length: count }, () =>
    Buffer.from(
      JSON.stringify({ clips: [{ frames: Array.from({ length: shape.maxFrames }, frame) }], ...options }),
    ),
  );
}
