import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Label } from '../dataset/label-list.ts';
import type { Engine } from '../engine/engine.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { type Classifier, createClassifier } from './classifier.ts';
import { weightLayout } from './layout.ts';
import { type ModelSpec, modelSpecSchema } from './model-spec.ts';
import { type Preprocessing, preprocessingSchema } from './preprocessing.ts';
import { sizeOf, type Weights } from './weights.ts';
import { decodeWeights, encodeWeights } from './weights-file.ts';

/** `model.json`. `spec.normalisation` is `folded`: the weights are those of dense layers only. */
const modelJsonSchema = z.strictObject({
  format: z.literal('earshot-model'),
  formatVersion: z.literal(1),
  spec: modelSpecSchema,
  preprocessing: preprocessingSchema,
  labels: z.array(z.strictObject({ index: z.int().min(0), mid: z.string(), displayName: z.string() })),
  weightsManifest: z.array(
    z.strictObject({ name: z.string(), shape: z.array(z.int().min(1)), dtype: z.literal('float32') }),
  ),
  /** Of weights.bin, hexadecimal. */
  weightsSha256: z.string(),
  /** Of the JSON text of all properties above, without white space. */
  descriptionSha256: z.string(),
});

/** A model as its two objects. */
export interface SavedModelFiles {
  readonly modelJson: Uint8Array;
  readonly weightsBin: Uint8Array;
}

export interface ModelContents {
  /** Folded: see `foldNormalisation`. */
  readonly spec: ModelSpec;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
  /** One an output of the model, index 0, 1, 2, … */
  readonly labels: readonly Label[];
}

/** The bytes of a model; equal models give equal bytes. */
export function encodeSavedModel({ spec, weights, preprocessing, labels }: ModelContents): SavedModelFiles {
  const { manifest, bytes } = encodeWeights(weights);
  const description = {
    format: 'earshot-model',
    formatVersion: 1,
    spec,
    preprocessing,
    labels: labels.map(({ index, mid, displayName }) => ({ index, mid, displayName })),
    weightsManifest: manifest,
    weightsSha256: sha256(bytes),
  };
  const descriptionSha256 = sha256(JSON.stringify(description));
  const text = JSON.stringify({ ...description, descriptionSha256 }, null, 1);
  return { modelJson: Buffer.from(`${text}\n`, 'utf8'), weightsBin: bytes };
}

export interface SavedModel extends Classifier, Omit<ModelContents, 'weights'> {}

/**
 * Opens a model for prediction. `dispose` frees it.
 *
 * @throws EarshotError MODEL_CORRUPT when a checksum, the description or a shape does not hold.
 */
export function openSavedModel(engine: Engine, modelJson: Uint8Array, weightsBin: Uint8Array): SavedModel {
  const contents = decodeSavedModel({ modelJson, weightsBin });
  const { spec, labels, preprocessing } = contents;
  return { spec, labels, preprocessing, ...createClassifier({ tf: engine.tf, ...contents }) };
}

/** @throws EarshotError MODEL_CORRUPT when a checksum, the description or a shape does not hold. */
export function decodeSavedModel({ modelJson, weightsBin }: SavedModelFiles): ModelContents {
  const description = parseModelJson(modelJson);
  const { spec, labels, preprocessing, weightsManifest, weightsSha256 } = description;
  expectSame('weights.bin', 'sha256', weightsSha256, sha256(weightsBin));

  const layout = weightLayout(spec);
  expectSame('model.json', 'weightsManifest', shapesOf(layout), shapesOf(weightsManifest));
  expectSame('model.json', 'spec.normalisation', 'folded', spec.normalisation);
  expectSame('model.json', 'labels', `indices 0..${spec.labels - 1}`, describeLabels(labels));
  const size = layout.reduce((total, { shape }) => total + 4 * sizeOf(shape), 0);
  expectSame('weights.bin', 'bytes', `${size}`, `${weightsBin.byteLength}`);

  const weights = decodeWeights(layout, weightsBin);
  for (const [name, { values }] of weights) {
    const wrong = values.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) expectSame('weights.bin', name, 'finite numbers', `${wrong}`);
  }
  return { spec, labels, preprocessing, weights };
}

function parseModelJson(bytes: Uint8Array): z.infer<typeof modelJsonSchema> {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new EarshotError(
      'MODEL_CORRUPT',
      { file: 'model.json', expected: 'JSON', received: String(cause) },
      { cause },
    );
  }
  const parsed = modelJsonSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new EarshotError('MODEL_CORRUPT', {
      file: 'model.json',
      field: issue!.path.join('.') || 'format',
      expected: 'an earshot-model of format version 1',
      received: issue!.message,
    });
  }
  const { descriptionSha256, ...description } = content as Record<string, unknown>;
  expectSame(
    'model.json',
    'descriptionSha256',
    sha256(JSON.stringify(description)),
    String(descriptionSha256),
  );
  return parsed.data;
}

function describeLabels(labels: readonly Label[]): string {
  const misplaced = labels.findIndex(({ index }, position) => index !== position);
  if (misplaced >= 0) return `index ${labels[misplaced]!.index} at position ${misplaced}`;
  return labels.length === 0 ? 'none' : `indices 0..${labels.length - 1}`;
}

function shapesOf(slots: readonly { name: string; shape: readonly number[] }[]): string {
  return slots.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join('; ');
}

function expectSame(file: string, field: string, expected: string, received: string): void {
  if (expected !== received) throw new EarshotError('MODEL_CORRUPT', { file, field, expected, received });
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
