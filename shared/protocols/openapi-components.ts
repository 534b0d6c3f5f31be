import * as z from 'zod';
import type { FrameRules } from '../inference/read-frames.ts';
import { clipSchema } from './earshot.ts';
import { embeddingInput, lengthsInput } from './open-inference-schemas.ts';
import { exampleSchema, instanceSchema } from './tf-serving-schemas.ts';

type JsonSchema = Record<string, unknown>;

/** What a document of the API is about: one model, or any of its kind. */
export interface DocumentedModel extends FrameRules {
  readonly maxFrames: number;
  /** Null: any. */
  readonly names: readonly string[] | null;
  readonly versions: readonly string[] | null;
  /** Mids and display names. */
  readonly labels: readonly string[] | null;
}

/** AudioSet's shape, of which the document in docs/ is. */
export const audiosetShape: DocumentedModel = {
  width: 128,
  maxFrames: 10,
  dtype: 'uint8',
  names: null,
  versions: null,
  labels: null,
};

/** Schemas that lists refer to; their elements are read one by one. */
const referred = [clipSchema, instanceSchema, exampleSchema, embeddingInput, lengthsInput];

/** Collects the components of a document while its schemas are written. */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};
  private readonly own: Readonly<Record<string, JsonSchema>>;

  constructor(model: DocumentedModel) {
    this.own = ownComponents(model);
    Object.assign(this.schemas, this.own);
    for (const schema of referred) this.schemaOf(schema, 'input');
  }

  /** JSON Schema whose definitions are components of the document. */
  schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, $defs = {}, ...rest } = withReferences(z.toJSONSchema(schema, { io })) as JsonSchema;
    for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      this.schemas[name] = this.own[name] ?? definition;
    }
    return rest;
  }
}

function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' ? String(inner).replace('#/$defs/', '#/components/schemas/') : withReferences(inner),
    ]),
  );
}

/** What is read by hand, because a schema would name each of a million wrong values. */
function ownComponents({ width, maxFrames, dtype, labels }: DocumentedModel): Record<string, JsonSchema> {
  const value = dtype === 'uint8' ? { type: 'integer', minimum: 0, maximum: 255 } : { type: 'number' };
  const frame = { type: 'array', minItems: width, maxItems: width, items: value };
  const frames = {
    type: 'array',
    minItems: 1,
    items: frame,
    description: `[frames][${width}]; more than ${maxFrames} frames are scored as sliding windows.`,
  };
  // Whole frames of three bytes each are whole groups of four letters.
  const pattern = width % 3 === 0 ? `^([A-Za-z0-9+/]{${(width / 3) * 4}})+$` : '^[A-Za-z0-9+/]+={0,2}$';
  const bytes = {
    type: 'object',
    properties: { b64: { type: 'string', pattern, description: 'Base64 of the bytes of uint8 frames.' } },
    required: ['b64'],
    additionalProperties: false,
  };
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  return {
    Frames: dtype === 'uint8' ? { oneOf: [frames, bytes] } : frames,
    AnyInstance: { anyOf: [ref('Frames'), ref('Instance')] },
    TensorData: {
      type: 'array',
      minItems: 1,
      items: { anyOf: [value, { type: 'array' }] },
      description: 'Row-major; flat, or nested as the shape says.',
    },
    // Case and spaces around a name are of no account, so the names are examples.
    LabelChoice: { type: 'string', minLength: 1, maxLength: 255, examples: labels?.slice(0, 4) ?? ['Car'] },
    LabelName: { type: 'string', minLength: 1, maxLength: 255, ...(labels === null ? {} : { enum: labels }) },
  };
}
