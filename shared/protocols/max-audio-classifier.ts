import * as z from 'zod';
import { preview } from '../errors/parse-with-schema.ts';
import { jsonResult } from '../http/http-event.ts';
import { isLabelOf } from '../inference/options.ts';
import { invalid } from '../inference/read-frames.ts';
import { clipsBody, readClips } from './earshot.ts';
import { clipsQuery, inferenceRoute } from './inference-route.ts';
import type { Route } from './route.ts';
import { clipAnswer, clipAnswerOf, predictionSchema } from './scored-labels.ts';

const protocol = 'MAX-Audio-Classifier';

const query = z.strictObject({
  ...clipsQuery.shape,
  start_time: z.number().min(0).optional().describe('Second of the clip to begin at.'),
  filter: z
    .array(z.string())
    .optional()
    .describe('As labels; also several in one, with commas between them.'),
});

const predict = inferenceRoute({
  path: '/model/predict',
  operation: {
    id: 'maxPredict',
    protocol,
    summary: 'What is heard, as IBM MAX-Audio-Classifier answers.',
    body: clipsBody,
    answer: z.object({
      status: z.literal('ok'),
      predictions: z.array(predictionSchema).describe('Of the first clip.'),
      clips: z.array(clipAnswer).describe('Of each clip.'),
    }),
  },
  query,
  usualTopK: 5,
  jsonWithoutType: false,
  read: readClips,
  adapt(asked, { start_time: start = 0, filter = [] }, { spec, labels }) {
    const clips = asked.clips.map((clip) => {
      const { frames, frameSeconds = 1 } = clip;
      const first = Math.floor(start / frameSeconds) * spec.width;
      if (first < frames.length) return { ...clip, frames: frames.subarray(first) };
      const seconds = Number(((frames.length / spec.width) * frameSeconds).toFixed(6));
      const expected = `a second of the clip, below ${seconds}`;
      throw invalid(['query', 'start_time'], expected, `${start}`);
    });
    const names = filter
      .flatMap((text) => (isLabelOf(text, labels) ? [text] : text.split(',')))
      .map((name) => name.trim())
      .filter((name) => name !== '');
    if (names.length === 0) return { ...asked, clips };
    for (const [i, name] of names.entries()) {
      if (!isLabelOf(name, labels))
        throw invalid(['query', 'filter', i], 'a label of the model', preview(name));
    }
    return { ...asked, clips, options: { labels: names, ...asked.options } };
  },
  encode({ model: { saved }, clips, selection }) {
    const answers = clips.map((clip) => clipAnswerOf(clip, saved.labels, selection));
    return { status: 'ok' as const, predictions: answers[0]!.predictions, clips: answers };
  },
});

const labelsSchema = z.object({
  count: z.int(),
  labels: z.array(z.object({ id: z.string(), name: z.string() })),
});

const labels: Route = {
  method: 'GET',
  path: '/model/labels',
  operation: { id: 'maxLabels', protocol, summary: 'The labels of the model.', answer: labelsSchema },
  handle: ({ serving }) =>
    serving.use({}, async ({ saved }) =>
      jsonResult(200, {
        count: saved.labels.length,
        labels: saved.labels.map(({ mid, displayName }) => ({ id: mid, name: displayName })),
      } satisfies z.input<typeof labelsSchema>),
    ),
};

const text = z.string();
const metadataSchema = z.object({
  id: text,
  name: text,
  description: text,
  type: text,
  source: text,
  license: text,
});

const metadata: Route = {
  method: 'GET',
  path: '/model/metadata',
  operation: { id: 'maxMetadata', protocol, summary: 'What the model is.', answer: metadataSchema },
  handle: ({ serving }) =>
    serving.use({}, async ({ name, version, saved }) =>
      jsonResult(200, {
        id: `${name}-${version}`,
        name,
        description: `Scores clips of audio embeddings for ${saved.labels.length} labels. Made by Earshot.`,
        type: 'Audio Classification',
        source: `models/${name}/${version}/`,
        license: 'Apache-2.0',
      } satisfies z.input<typeof metadataSchema>),
    ),
};

/** `POST /model/predict`, `GET /model/labels`, `GET /model/metadata`. */
export const maxAudioClassifierRoutes: readonly Route[] = [predict, labels, metadata];
