import { createHash } from 'node:crypto';
import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import { servedSpecSchema } from './ensemble.ts';
import { preprocessingSchema } from './preprocessing.ts';

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

/** `model.json` of a TensorFlow.js graph model; what Earshot adds is where the format has room for it. */
const modelJsonSchema = z.strictObject({
  format: z.literal('graph-model'),
  generatedBy: z.string(),
  convertedBy: z.null(),
  signature: z.unknown(),
  modelTopology: z.unknown(),
  weightsManifest: z.tuple([
    z.strictObject({
      paths: z.array(z.string().regex(/^group1-shard\d{1,5}of\d{1,5}\.bin$/)).min(1),
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
export function parseModelJson(bytes: Uint8Array): ModelJson {
  const content = parseJson(bytes);
  expectThisFormat(content);
  const parsed = modelJsonSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw corrupt(issue!.path.join('.') || '(the whole document)', 'a model of this format', issue!.message);
  }
  const { descriptionSha256, ...earshot } = (content as ModelJson).userDefinedMetadata.earshot;
  const unsigned = { ...(content as ModelJson), userDefinedMetadata: { earshot } };
  const expected = sha256(JSON.stringify(unsigned));
  if (expected !== descriptionSha256) throw corrupt('descriptionSha256', expected, descriptionSha256);
  return parsed.data;
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
