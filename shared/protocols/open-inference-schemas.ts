import * as z from 'zod';
import { maxClips } from '../inference/clips.ts';
import { optionsSchema } from '../inference/options.ts';

/** Types whose values can be embeddings. */
const numeric = [
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
];
const datatype = z.enum(numeric);
/** What clients say of a tensor that does not change its values here. */
const hints = z.looseObject({}).optional();
const size = z
  .int()
  .min(1)
  .max(5 * 1024 * 1024);

export const embeddingInput = z
  .strictObject({
    name: z.literal('embedding'),
    shape: z.array(size).min(2).max(3).describe('[clips, frames, width], or [frames, width] of one clip.'),
    datatype,
    parameters: hints,
    data: z.unknown().meta({ id: 'TensorData' }),
  })
  .meta({ id: 'EmbeddingInput' });

export const lengthsInput = z
  .strictObject({
    name: z.literal('lengths'),
    shape: z.array(z.int().min(1).max(maxClips)).length(1),
    datatype,
    parameters: hints,
    data: z
      .array(z.unknown())
      .max(maxClips)
      .meta({ items: { type: 'integer', minimum: 1 } }),
  })
  .describe('Frames of each clip, where they are fewer than the tensor has; all of it when absent.')
  .meta({ id: 'LengthsInput' });

export const inputSchema = z.discriminatedUnion('name', [embeddingInput, lengthsInput], {
  error: ({ code }) =>
    code === 'invalid_union' ? 'Invalid input: expected embedding or lengths' : undefined,
});

/** Options a caller may put beside the tensors; the protocol's parameters are single values, so one label is a text. */
const parametersSchema = z.strictObject({
  ...optionsSchema.shape,
  labels: z.union([optionsSchema.shape.labels, z.string().min(1).max(255)]).optional(),
  ...Object.fromEntries(
    ['binary_data_output', 'content_type', 'headers', 'priority', 'timeout'].map((name) => [
      name,
      z.unknown().optional().meta({ description: 'Of clients; nothing depends on it.' }),
    ]),
  ),
});

export const outputNames = ['probabilities', 'scores', 'labels', 'label_ids'] as const;
const outputSchema = z.strictObject({
  name: z.enum(outputNames),
  parameters: z
    .looseObject({ classification: z.int().min(1).max(65_536).optional() })
    .optional()
    .describe("classification: as many texts `score:index:label`, Triton's extension."),
});

export const inferBody = z.strictObject({
  id: z.string().max(255).nullable().optional().describe('Echoed.'),
  parameters: parametersSchema.optional(),
  inputs: z
    .array(z.unknown())
    .min(1)
    .max(2)
    .meta({
      items: {
        oneOf: [
          { $ref: '#/components/schemas/EmbeddingInput' },
          { $ref: '#/components/schemas/LengthsInput' },
        ],
      },
    }),
  outputs: z.array(outputSchema).max(16).optional(),
});
export type AskedOutput = z.infer<typeof outputSchema>;

const tensorSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: z.enum(['FP32', 'INT32', 'BYTES']),
  data: z.array(z.union([z.number(), z.string()])),
});
export type OutputTensor = z.infer<typeof tensorSchema>;

export const inferAnswer = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(tensorSchema),
});
