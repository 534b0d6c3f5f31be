import * as z from 'zod';
import { optionsSchema } from '../inference/options.ts';
import { clipId, framesSchema, listOf } from './clip-schemas.ts';

const parameters = optionsSchema.optional().meta({ description: 'The options, as in the query.' });
const signature = z.literal('serving_default').optional();

export const instanceSchema = z
  .strictObject({ embedding: framesSchema, id: clipId.optional() })
  .meta({ id: 'Instance' });

/** Rows as `instances`, or columns as `inputs`. */
export const predictBody = z
  .strictObject({
    signature_name: signature,
    instances: listOf('AnyInstance').optional(),
    inputs: z
      .union([listOf('Frames'), z.strictObject({ embedding: listOf('Frames') })], {
        error: 'Invalid input: expected a list of clips, or {"embedding": a list of clips}',
      })
      .optional(),
    parameters,
  })
  .meta({ oneOf: [{ required: ['instances'] }, { required: ['inputs'] }] });

export const exampleSchema = z
  .strictObject({ embedding: framesSchema.optional(), id: clipId.optional() })
  .meta({ id: 'Example' });

export const classifyBody = z.strictObject({
  signature_name: signature,
  context: z
    .strictObject({ embedding: framesSchema.optional() })
    .optional()
    .describe('Features of every example that does not have them itself.'),
  examples: listOf('Example'),
  parameters,
});

const probability = z.number().min(0).max(1);
const named = z.object({
  scores: z.array(probability),
  classes: z.array(z.string()),
  label_ids: z.array(z.string()),
});
const tensors = z.union([z.array(probability), named]);

/** A part of a clip, in seconds from its first frame. */
interface TimedScores<T> {
  start: number;
  end: number;
  predictions: T;
}

/** A clip's id and the scores of its parts. */
export interface Part<T> {
  id: string | null;
  windows?: TimedScores<T>[];
  frames?: TimedScores<T>[];
}

function partsSchema<T extends z.ZodType>(predictions: T) {
  const spans = z.array(z.object({ start: z.number(), end: z.number(), predictions })).optional();
  return z
    .array(z.object({ id: z.string().nullable(), windows: spans, frames: spans }))
    .optional()
    .describe('Where there are ids, windows of long clips or scores of frames.');
}

const clips = partsSchema(tensors);
export const predictAnswer = z.union([
  z.object({ predictions: z.array(tensors), clips }),
  z.object({ outputs: z.array(tensors), clips }),
]);

/** `[label, score]` each; as a list, because validators of the document do not all know tuples. */
const pairs = z.array(z.array(z.union([z.string(), probability])).length(2));
export const classifyAnswer = z.object({ result: z.array(pairs), clips: partsSchema(pairs) });
