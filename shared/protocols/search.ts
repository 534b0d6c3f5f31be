import type * as z from 'zod';
import { jsonResult } from '../http/http-event.ts';
import type { FoundClip, NamedVersion, SearchResult } from '../search/evaluated-clips.ts';
import { readQuery } from './read-query.ts';
import type { Route } from './route.ts';
import {
  clipsListAnswer,
  clipsListQuery,
  clipWithFrames,
  labelOf,
  searchAnswer,
  searchQuery,
  storedClipOf,
} from './search-schemas.ts';

const protocol = 'Earshot';
const usualTopK = 20;
const usualLimit = 50;

/** The answer of `GET /search`, which the command line prints as JSON too. */
export const searchAnswerOf = (
  { name, version }: NamedVersion,
  { label, evaluated, clips }: SearchResult,
): z.input<typeof searchAnswer> => ({
  label: labelOf(label),
  model: { name, version },
  evaluated,
  clips: clips.map((clip: FoundClip) => ({ ...storedClipOf(clip), probability: clip.probability })),
});

const search: Route = {
  method: 'GET',
  path: '/search',
  operation: {
    id: 'search',
    protocol,
    summary: 'The clips that a label is heard in most, of those that the served version was evaluated on.',
    query: searchQuery,
    answer: searchAnswer,
  },
  handle: ({ event, serving, evaluated }) => {
    const { label, top_k: topK = usualTopK } = readQuery(event, searchQuery);
    return serving.use({}, async (model) => {
      const result = await evaluated().search(model, label, topK, 'query.label');
      return jsonResult(200, searchAnswerOf(model, result), { 'x-model-version': model.version });
    });
  },
};

const listClips: Route = {
  method: 'GET',
  path: '/clips',
  operation: {
    id: 'listClips',
    protocol,
    summary: 'Some of the clips that the served version was evaluated on, of many labels.',
    query: clipsListQuery,
    answer: clipsListAnswer,
  },
  handle: ({ event, serving, evaluated }) => {
    const { limit = usualLimit } = readQuery(event, clipsListQuery);
    return serving.use({}, async ({ name, version }) => {
      const clips = await evaluated().spread({ name, version }, limit);
      const answer = { model: { name, version }, clips: clips.map(storedClipOf) };
      return jsonResult(200, answer satisfies z.input<typeof clipsListAnswer>, {
        'x-model-version': version,
      });
    });
  },
};

const getClip: Route = {
  method: 'GET',
  path: '/clips/{id}',
  operation: {
    id: 'getClip',
    protocol,
    summary:
      'A clip that the served version was evaluated on: its labels, and its frames as POST /predict takes them.',
    answer: clipWithFrames,
  },
  handle: ({ params, serving, evaluated }) =>
    serving.use({}, async ({ name, version }) => {
      const clip = await evaluated().clip({ name, version }, params['id']!);
      const answer = {
        ...storedClipOf(clip),
        model: { name, version },
        shape: [clip.frames.length / clip.width, clip.width],
        frames: framesJson(clip.frames, clip.width),
      };
      return jsonResult(200, answer, { 'x-model-version': version });
    }),
};

/** As `readFrames` reads them. */
function framesJson(frames: Uint8Array | Float32Array, width: number) {
  if (frames instanceof Uint8Array) return { b64: Buffer.from(frames).toString('base64') };
  return Array.from({ length: frames.length / width }, (_, t) => [
    ...frames.subarray(t * width, (t + 1) * width),
  ]);
}

/** `GET /search`, `GET /clips` and `GET /clips/{id}`. */
export const searchRoutes: readonly Route[] = [search, listClips, getClip];
