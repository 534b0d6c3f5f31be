import { createHash } from 'node:crypto';
import type { Label } from '../dataset/label-list.ts';
import type { Engine } from '../engine/engine.ts';
import { type Classifier, classifierSteps } from './classifier.ts';
import { type ServedSpec, servedLayout } from './ensemble.ts';
import { graphOf } from './graph-model.ts';
import {
  corrupt,
  formatModelJson,
  formatVersion,
  type ModelJson,
  parsingSteps,
  sha256,
} from './model-json.ts';
import type { Preprocessing } from './preprocessing.ts';
import { atOnce, type Steps } from './steps.ts';
import {
  decodeShards,
  encodeShards,
  entriesOf,
  type Precision,
  type StoredEntry,
  shardPaths,
  storedSize,
} from './stored-weights.ts';
import { type Weights, weightNamed } from './weights.ts';

/** A model as a TensorFlow.js model directory: what `tf.loadGraphModel` loads. */
export interface SavedModelFiles {
  readonly modelJson: Uint8Array;
  /** By the paths that model.json names. */
  readonly weights: ReadonlyMap<string, Uint8Array>;
}

export interface ModelContents {
  /** Folded: see `foldNormalisation`. */
  readonly spec: ServedSpec;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
  /** One an output of the model, index 0, 1, 2, … */
  readonly labels: readonly Label[];
  readonly precision: Precision;
}

/** The bytes of a model; equal models give equal bytes. */
export function encodeSavedModel(contents: ModelContents): SavedModelFiles {
  const { spec, weights, preprocessing, labels, precision } = contents;
  const { nodes, signature, constants } = graphOf(spec, preprocessing);
  const named = [...weights].map(([name, { shape }]) => ({ name, shape }));
  const entries = entriesOf(named, constants, precision);
  const shards = encodeShards(
    entries,
    (name) => constants.get(name)?.values ?? weightNamed(weights, name).values,
  );
  const modelJson = formatModelJson(
    {
      format: 'graph-model',
      generatedBy: 'Earshot',
      convertedBy: null,
      signature,
      modelTopology: { node: nodes, versions: { producer: 1 } },
      weightsManifest: [{ paths: [...shards.keys()], weights: entries }],
    },
    {
      formatVersion,
      spec,
      preprocessing,
      labels: labels.map(({ index, mid, displayName }) => ({ index, mid, displayName })),
      weightsSha256: sha256(...shards.values()),
    },
  );
  return { modelJson, weights: shards };
}

export interface SavedModel extends Classifier, Omit<ModelContents, 'weights'> {}

/**
 * Opens a model for prediction. `dispose` frees it.
 *
 * @throws EarshotError MODEL_FORMAT_UNSUPPORTED; MODEL_CORRUPT when a checksum, the description, the graph
 *   or a shape does not hold
 */
export const openSavedModel = (engine: Engine, files: SavedModelFiles): SavedModel =>
  atOnce(openingSteps(engine, files));

/** As `openSavedModel`, for a thread that answers requests meanwhile. */
export function* openingSteps(engine: Engine, files: SavedModelFiles): Steps<SavedModel> {
  const { weights, ...contents } = yield* decodingSteps(files);
  const classifier = yield* classifierSteps({ tf: engine.tf, keep: engine.keep, ...contents, weights });
  return { ...contents, ...classifier };
}

/**
 * @throws EarshotError MODEL_FORMAT_UNSUPPORTED; MODEL_CORRUPT when a checksum, the description, the graph
 *   or a shape does not hold
 */
export const decodeSavedModel = (files: SavedModelFiles): ModelContents => atOnce(decodingSteps(files));

function* decodingSteps({ modelJson, weights: files }: SavedModelFiles): Steps<ModelContents> {
  const document = yield* parsingSteps(modelJson);
  const { spec, labels, preprocessing, weightsSha256 } = document.userDefinedMetadata.earshot;
  const [{ paths, weights: entries }] = document.weightsManifest;
  if (spec.normalisation !== 'folded') throw corrupt('spec.normalisation', 'folded', spec.normalisation);
  expectSame('labels', `indices 0..${spec.labels - 1}`, describeLabels(labels));

  // Weights and graph follow from the description: what stock TensorFlow.js computes is what is served here.
  yield;
  const graph = graphOf(spec, preprocessing);
  const precision = entries.some(({ quantization }) => quantization !== undefined) ? 'float16' : 'float32';
  const expected = entriesOf(servedLayout(spec), graph.constants, precision);
  expectSame('weightsManifest', describeEntries(expected), describeEntries(entries));
  const size = expected.reduce((sum, entry) => sum + storedSize(entry), 0);
  expectSame('weightsManifest.paths', shardPaths(size).join(', '), paths.join(', '));
  yield;
  const topology = { node: graph.nodes, versions: { producer: 1 } };
  expectSame(
    'modelTopology',
    sha256(JSON.stringify(topology)),
    sha256(JSON.stringify(document.modelTopology)),
  );
  expectSame('signature', JSON.stringify(graph.signature), JSON.stringify(document.signature));

  yield;
  const { bytes, checksum } = yield* joinFiles(paths.map((path) => files.get(path) ?? new Uint8Array()));
  expectSame('bytes', `${size}`, `${bytes.length}`, 'weights');
  expectSame('sha256', weightsSha256, checksum, 'weights');
  const layout = expected.slice(0, -graph.constants.size);
  const constants = expected.slice(layout.length);
  const constantBytes = encodeShards(constants, (name) => graph.constants.get(name)!.values);
  const constantsAt = size - constants.reduce((sum, entry) => sum + storedSize(entry), 0);
  expectSame('constants', sha256(...constantBytes.values()), sha256(bytes.subarray(constantsAt)), 'weights');
  const decoded = yield* decodeShards(layout, bytes);
  return { spec, labels, preprocessing, weights: decoded, precision };
}

/** Some tenths of a millisecond of hashing. */
const bytesPerStep = 256 * 1024;

/** The files one behind the other, and the SHA-256 of that. */
function* joinFiles(files: readonly Uint8Array[]): Steps<{ bytes: Uint8Array; checksum: string }> {
  const bytes = new Uint8Array(files.reduce((sum, file) => sum + file.length, 0));
  const hash = createHash('sha256');
  let at = 0;
  for (const file of files) {
    for (let first = 0; first < file.length; first += bytesPerStep) {
      const part = file.subarray(first, first + bytesPerStep);
      bytes.set(part, at);
      hash.update(part);
      at += part.length;
      yield;
    }
  }
  return { bytes, checksum: hash.digest('hex') };
}

function describeLabels(labels: readonly Label[]): string {
  const misplaced = labels.findIndex(({ index }, position) => index !== position);
  if (misplaced >= 0) return `index ${labels[misplaced]!.index} at position ${misplaced}`;
  return labels.length === 0 ? 'none' : `indices 0..${labels.length - 1}`;
}

function describeEntries(entries: ModelJson['weightsManifest'][0]['weights'] | StoredEntry[]): string {
  return entries
    .map(
      ({ name, shape, dtype, quantization }) =>
        `${name} ${quantization?.dtype ?? dtype} [${shape.join(', ')}]`,
    )
    .join('; ');
}

function expectSame(field: string, expected: string, received: string, file?: string): void {
  if (expected !== received) throw corrupt(field, expected, received, file);
}
