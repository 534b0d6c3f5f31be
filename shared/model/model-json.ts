import { createHash } from 'node:crypto';
import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { servedSpecSchema } from './ensemble.ts';
import { preprocessingSchema } from './preprocessing.ts';
import type { Steps } from './steps.ts';

/** Counts up when a reader of the version before would misread a model. 1 was a format of Earshot's own. */
export const formatVersion = 2;

const entrySchema = z.strictObject({
  name: z.string(),
  shape: z.array(z.int().min(1)),
  dtype: z.enum(['float32', 'int32']),
  quantization: z
    .strictObject({ dtype: z.literal('float16'), original_dtype: z.literal('float32') })
    .optional(),
});

const weightPathsSchema = z.array(z.string().regex(/^group1-shard\d{1,5}of\d{1,5}\.bin$/)).min(1);

/** `model.json` of a TensorFlow.js graph model; what Earshot adds is where the format has room for it. */
const modelJsonSchema = z.strictObject({
  format: z.literal('graph-model'),
  generatedBy: z.string(),
  convertedBy: z.null(),
  signature: z.unknown(),
  modelTopology: z.unknown(),
  weightsManifest: z.tuple([
    z.strictObject({
      paths: weightPathsSchema,
      weights: z.array(entrySchema),
    }),
  ]),
  userDefinedMetadata: z.strictObject({
    earshot: z.strictObject({
      formatVersion: z.literal(formatVersion),
      /** Folded: see `foldNormalisation`. */
      spec: servedSpecSchema,
      /** What the graph does to `frames` first. */
      preprocessing: preprocessingSchema,
      labels: z.array(z.strictObject({ index: z.int().min(0), mid: z.string(), displayName: z.string() })),
      /** Of the weights files, one behind the other; hexadecimal. */
      weightsSha256: z.string(),
      /** Of the JSON text of this document without white space and without this property. */
      descriptionSha256: z.string(),
    }),
  }),
});
export type ModelJson = z.infer<typeof modelJsonSchema>;

/** The document's bytes, with its checksum. */
export function formatModelJson(document: object, earshot: object): Uint8Array {
  const whole = (own: object) => ({ ...document, userDefinedMetadata: { earshot: own } });
  const descriptionSha256 = sha256(JSON.stringify(whole(earshot)));
  return Buffer.from(`${JSON.stringify(whole({ ...earshot, descriptionSha256 }), null, 1)}\n`, 'utf8');
}

/**
 * @throws EarshotError MODEL_FORMAT_UNSUPPORTED when the model is not of this format and version;
 *   MODEL_CORRUPT when the document is damaged
 */
export function* parsingSteps(bytes: Uint8Array): Steps<ModelJson> {
  const content = parseJson(bytes);
  yield;
  expectThisFormat(content);
  const parsed = parsedWith(modelJsonSchema, content);
  yield;
  const { descriptionSha256, ...earshot } = (content as ModelJson).userDefinedMetadata.earshot;
  const unsigned = JSON.stringify({ ...(content as ModelJson), userDefinedMetadata: { earshot } });
  yield;
  const expected = sha256(unsigned);
  if (expected !== descriptionSha256) throw corrupt('descriptionSha256', expected, descriptionSha256);
  return parsed;
}

const pathsSchema = z.object({ weightsManifest: z.tuple([z.object({ paths: weightPathsSchema })]) });

/**
 * Paths of a model's weights files; of the rest of the document nothing is checked but its format.
 * @throws EarshotError MODEL_FORMAT_UNSUPPORTED, MODEL_CORRUPT
 */
export function weightPaths(bytes: Uint8Array): readonly string[] {
  const content = parseJson(bytes);
  expectThisFormat(content);
  return parsedWith(pathsSchema, content).weightsManifest[0].paths;
}

function parsedWith<S extends z.ZodType>(schema: S, content: unknown): z.output<S> {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw corrupt(issue!.path.join('.') || '(the whole document)', 'a model of this format', issue!.message);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    const details = { file: 'model.json', expected: 'JSON', received: String(cause) };
    throw new EarshotError('MODEL_CORRUPT', details, { cause });
  }
}

/** Another format is no damage: it was written whole, by another version or another program. */
function expectThisFormat(content: unknown): void {
  const {
    format,
    formatVersion: ownVersion,
    userDefinedMetadata,
  } = (content ?? {}) as Record<string, unknown>;
  const { earshot } = (userDefinedMetadata ?? {}) as { earshot?: { formatVersion?: unknown } };
  const received =
    format === 'earshot-model'
      ? `an earshot-model of format version ${ownVersion}`
      : earshot === undefined
        ? `${JSON.stringify(format ?? null)} without userDefinedMetadata.earshot`
        : Number.isInteger(earshot.formatVersion) && earshot.formatVersion !== formatVersion
          ? `format version ${earshot.formatVersion}`
          : null;
  if (received === null) return;
  throw new EarshotError('MODEL_FORMAT_UNSUPPORTED', {
    file: 'model.json',
    expected: `a TensorFlow.js graph model of Earshot, format version ${formatVersion}`,
    received,
  });
}

export function corrupt(
  field: string,
  expected: string,
  received: string,
  file = 'model.json',
): EarshotError {
  return new EarshotError('MODEL_CORRUPT', { file, field, expected, received });
}

export function sha256(...contents: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex');
}
