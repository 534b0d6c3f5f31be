import * as z from 'zod';
import { parseWithSchema } from '../errors/parse-with-schema.ts';
import { jsonResult } from '../http/http-event.ts';
import { optionsSchema } from '../inference/options.ts';
import { readFrames } from '../inference/read-frames.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { clipId, framesSchema, listOf, readEach, rulesOf } from './clip-schemas.ts';
import { type Asked, inferenceRoute } from './inference-route.ts';
import type { Route } from './route.ts';
import { clipAnswer, clipAnswerOf } from './scored-labels.ts';

const protocol = 'Earshot';

export const clipSchema = z
  .strictObject({ id: clipId.optional().describe('Echoed.'), frames: framesSchema })
  .meta({ id: 'Clip' });
export const clipsBody = z.strictObject({ clips: listOf('Clip'), ...optionsSchema.shape });

/** `{"clips": […], …options}` @throws REQUEST_INVALID */
export function readClips(json: unknown, model: SavedModel): Asked<undefined> {
  const { clips, ...options } = parseWithSchema(clipsBody, json, 'REQUEST_INVALID');
  const rules = rulesOf(model);
  return {
    options,
    clips: readEach(clips, clipSchema, ['clips'], ({ id = null, frames }, at) => ({
      id,
      frames: readFrames(frames, [...at, 'frames'], rules),
    })),
  };
}

const predict = inferenceRoute({
  path: '/predict',
  operation: {
    id: 'predict',
    protocol,
    summary: 'What is heard in clips.',
    body: clipsBody,
    answer: z.object({ model: z.string(), version: z.string(), clips: z.array(clipAnswer) }),
  },
  usualTopK: 5,
  jsonWithoutType: false,
  read: readClips,
  encode: ({ model: { name, version, saved }, clips, selection }) => ({
    model: name,
    version,
    clips: clips.map((clip) => clipAnswerOf(clip, saved.labels, selection)),
  }),
});

const healthSchema = z.object({
  status: z.literal('ready'),
  model: z.string(),
  version: z.string(),
  labels: z.int(),
  input: z.object({ width: z.int(), max_frames: z.int(), dtype: z.enum(['uint8', 'float32']) }),
  scores_frames: z.boolean().describe('Whether return_frames can be asked for.'),
});

const health: Route = {
  method: 'GET',
  path: '/healthz',
  open: true,
  operation: {
    id: 'health',
    protocol,
    summary: 'Which version is served and what it takes; loads the model when none is loaded.',
    answer: healthSchema,
  },
  handle: ({ serving }) =>
    serving.use({}, async ({ name, version, saved }) => {
      const { width, maxFrames } = saved.spec;
      return jsonResult(200, {
        status: 'ready',
        model: name,
        version,
        labels: saved.labels.length,
        input: { width, max_frames: maxFrames, dtype: saved.preprocessing.dtype },
        scores_frames: saved.scoresFrames,
      } satisfies z.input<typeof healthSchema>);
    }),
};

/** `POST /predict` and `GET /healthz`. */
export const earshotRoutes: readonly Route[] = [predict, health];
