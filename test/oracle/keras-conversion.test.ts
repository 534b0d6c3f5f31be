import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { joinNetworks } from '../../shared/model/ensemble.ts';
import { foldNormalisation } from '../../shared/model/fold.ts';
import { type ModelSpec, modelSpecSchema } from '../../shared/model/model-spec.ts';
import { preprocessingOf } from '../../shared/model/preprocessing.ts';
import { encodeSavedModel, openSavedModel, type SavedModelFiles } from '../../shared/model/saved-model.ts';
import { type Precision, precisions } from '../../shared/model/stored-weights.ts';
import type { Weight } from '../../shared/model/weights.ts';
import { paddedClips, scoresOfStock } from '../fixtures/stock-graph-model.ts';
import {
  byteClips,
  largestDifference,
  smallSpec,
  smallSpecs,
  trainedLooking,
} from '../shared/model/small-models.ts';
import { runKerasProgram } from './keras/run-keras.ts';
import { oraclePython } from './oracle-python.ts';

/** Several weights files, and the sizes of AudioSet. */
const large = modelSpecSchema.parse({
  model: { head: 'feature-attention', hidden: 1024 },
  ...{ labels: 527, width: 128, maxFrames: 10 },
});
const ensembles: [string, ModelSpec[]][] = [
  ['three of one kind', [1, 2, 3].map(() => smallSpec('mlp'))],
  ['one of each kind', smallSpecs.map(([, spec]) => spec)],
];
const cases: [string, readonly ModelSpec[], Precision][] = [
  ...precisions.flatMap((precision) =>
    [...smallSpecs.map(([name, spec]): [string, ModelSpec[]] => [name, [spec]]), ...ensembles].map(
      ([name, specs]): [string, ModelSpec[], Precision] => [`${name}, ${precision}`, specs, precision],
    ),
  ),
  ['feature-level attention of the size of AudioSet', [large], 'float16'],
];

describe.skipIf(oraclePython === undefined)('a saved model, converted to Keras and back', () => {
  let root: string;
  const folderOf = (i: number) => path.join(root, `${i}`);
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'earshot-convert-'));
    for (const [i, [, specs, precision]] of cases.entries()) writeCase(folderOf(i), specs, precision);
    console.log(runKerasProgram('convert.py', ...cases.map((_, i) => folderOf(i))));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.each(cases.map(([name], i) => [name, i] as const))(
    'gives the same scores everywhere: %s',
    async (_, i) => {
      const engine = await openEngine('wasm');
      const [, [spec]] = cases[i]! as [string, [ModelSpec], Precision];
      const clips = clipsOf(spec);
      const files = readModel(path.join(folderOf(i), 'model'));
      const back = readModel(path.join(folderOf(i), 'back'));
      expect([...back.weights.keys()]).toEqual([...files.weights.keys()]);
      for (const [name, bytes] of files.weights)
        expect(Buffer.compare(back.weights.get(name)!, bytes), name).toBe(0);

      const served = openSavedModel(engine, files);
      const scores = joined(served.predict(clips));
      served.dispose();
      const floats = (name: string) =>
        new Float32Array(Uint8Array.from(readFileSync(path.join(folderOf(i), name))).buffer);
      expect(largestDifference(floats('keras'), scores)).toBeLessThan(1e-5);
      expect(largestDifference(floats('graph'), scores)).toBeLessThan(1e-5);
      expect(largestDifference(joined(await scoresOfStock(engine, back, clips, spec)), scores)).toBeLessThan(
        1e-5,
      );
    },
  );
});

const clipsOf = ({ width, maxFrames }: ModelSpec) =>
  byteClips([maxFrames, 1, 2, maxFrames - 1, maxFrames], width);

function writeCase(folder: string, specs: readonly ModelSpec[], precision: Precision): void {
  const [spec] = specs as [ModelSpec];
  const labels = Array.from({ length: spec.labels }, (_, index) => ({
    index,
    mid: `/m/${index}`,
    displayName: `Sound ${index}`,
  }));
  const preprocessing = preprocessingOf(new Uint8Array());
  const networks = specs.map((each, i) => foldNormalisation(each, smallSums(trainedLooking(each, i + 1))));
  const { modelJson, weights: shards } = encodeSavedModel({
    ...joinNetworks(networks),
    ...{ preprocessing, labels, precision },
  });
  mkdirSync(path.join(folder, 'model'), { recursive: true });
  writeFileSync(path.join(folder, 'model', 'model.json'), modelJson);
  for (const [name, bytes] of shards) writeFileSync(path.join(folder, 'model', name), bytes);
  const { frames, mask } = paddedClips(clipsOf(spec), spec);
  writeFileSync(path.join(folder, 'frames'), frames);
  writeFileSync(path.join(folder, 'mask'), mask);
}

/** Small enough that the sums of a wide layer do not drive every sigmoid to its end. */
function smallSums(weights: Map<string, Weight>): Map<string, Weight> {
  for (const { shape, values } of weights.values()) {
    if (shape.length === 2) for (let at = 0; at < values.length; at++) values[at]! /= Math.sqrt(shape[0]!);
  }
  return weights;
}

function readModel(folder: string): SavedModelFiles {
  const names = readdirSync(folder).filter((name) => name.endsWith('.bin'));
  const bytesOf = (name: string) => Uint8Array.from(readFileSync(path.join(folder, name)));
  return {
    modelJson: bytesOf('model.json'),
    weights: new Map(names.sort().map((name) => [name, bytesOf(name)])),
  };
}

function joined(scores: readonly Float32Array[]): Float32Array {
  return Float32Array.from(scores.flatMap((clip) => [...clip]));
}
