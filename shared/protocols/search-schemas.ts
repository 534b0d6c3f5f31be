import * as z from 'zod';
import type { Label } from '../dataset/label-list.ts';
import type { EvaluatedClip } from '../search/evaluated-set.ts';
import { searchDepth } from '../search/search-index.ts';
import { framesSchema } from './clip-schemas.ts';

const labelSchema = z
  .object({ index: z.int().min(0), id: z.string().describe("The label's mid."), name: z.string() })
  .meta({ id: 'Label' });

const modelSchema = z.object({ name: z.string(), version: z.string() });

const seconds = z.number().min(0).nullable();

const storedClip = {
  id: z.string(),
  start_seconds: seconds.describe('Into the recording; null when the source did not say.'),
  end_seconds: seconds,
  link: z
    .url()
    .nullable()
    .describe(
      'The YouTube video at the start of the clip; null for clips of own data: without a start, or with an id that is none of YouTube.',
    ),
  labels: z.array(labelSchema).describe('That the clip really has, as it was labelled.'),
};

/** A clip that the served version was evaluated on. */
const storedClipSchema = z.object(storedClip).meta({ id: 'StoredClip' });

/** `GET /search` takes a label as the page and the command line do. */
export const searchQuery = z.strictObject({
  label: z
    .string()
    .min(1)
    .max(255)
    .meta({ id: 'LabelChoice' })
    .describe('By display name, whatever the case of its letters, by mid or by index.'),
  top_k: z
    .int()
    .min(1)
    .max(searchDepth)
    .optional()
    .describe(`As many clips as this, 20 unless it is said; the index holds ${searchDepth} a label.`),
});

export const searchAnswer = z.object({
  label: labelSchema,
  model: modelSchema,
  evaluated: z.int().min(0).describe('Clips that were searched: those that the version was evaluated on.'),
  clips: z
    .array(
      z
        .object({
          ...storedClip,
          probability: z
            .number()
            .min(0)
            .max(1)
            .describe('Of the label, as the version gave it when it was evaluated.'),
        })
        .meta({ id: 'FoundClip' }),
    )
    .describe('Most probable first.'),
});

export const clipsListQuery = z.strictObject({
  limit: z.int().min(1).max(500).optional().describe('As many clips as this, 50 unless it is said.'),
});

export const clipsListAnswer = z.object({
  model: modelSchema,
  clips: z.array(storedClipSchema).describe('Of as many different labels as can be.'),
});

export const clipWithFrames = z
  .object({
    ...storedClip,
    model: modelSchema,
    shape: z.tuple([z.int(), z.int()]).describe('Frames, one a second, and values of each.'),
    frames: framesSchema.describe('As POST /predict takes them; base64 where they are uint8.'),
  })
  .meta({ id: 'ClipWithFrames' });

export const labelOf = ({ index, mid, displayName }: Label): z.input<typeof labelSchema> => ({
  index,
  id: mid,
  name: displayName,
});

export const storedClipOf = ({ id, start, end, link, labels }: EvaluatedClip) =>
  ({
    id,
    start_seconds: start,
    end_seconds: end,
    link,
    labels: labels.map(labelOf),
  }) satisfies z.input<typeof storedClipSchema>;
