import { type PathLike, parseWithSchema } from '../errors/parse-with-schema.ts';
import type { Clip } from '../inference/clips.ts';
import { choose, type Selection } from '../inference/options.ts';
import { invalid, readFrames } from '../inference/read-frames.ts';
import type { ScoredClip, ScoredSpan } from '../inference/score-clips.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { readEach, rulesOf } from './clip-schemas.ts';
import { type Asked, inferenceRoute } from './inference-route.ts';
import type { Route } from './route.ts';
import { metadataRoute, statusRoute } from './tf-serving-model.ts';
import {
  classifyAnswer,
  classifyBody,
  exampleSchema,
  instanceSchema,
  type Part,
  predictAnswer,
  predictBody,
} from './tf-serving-schemas.ts';

/** TensorFlow Serving's REST API: https://www.tensorflow.org/tfx/serving/api_rest */
const protocol = 'TensorFlow Serving';

/** Which form a request had; its answer has the like. */
type Form = 'rows' | 'columns';

function readPredict(json: unknown, model: SavedModel): Asked<Form> {
  const body = parseWithSchema(predictBody, json, 'REQUEST_INVALID');
  const { instances, inputs, parameters = {} } = body;
  if ((instances === undefined) === (inputs === undefined)) {
    const received = instances === undefined ? 'neither' : 'both';
    throw invalid(['instances'], 'either instances or inputs', received);
  }
  const about = { options: parameters, optionsAt: ['parameters'] };
  if (instances !== undefined) {
    return { ...about, extra: 'rows', clips: readInstances(instances, ['instances'], model) };
  }
  const named = !Array.isArray(inputs);
  const list = named ? inputs!.embedding : inputs;
  const at = named ? ['inputs', 'embedding'] : ['inputs'];
  return { ...about, extra: 'columns', clips: readInstances(list!, at, model) };
}

/** Frames by themselves, or an object that names them. */
function readInstances(list: readonly unknown[], at: PathLike, model: SavedModel): Clip[] {
  const rules = rulesOf(model);
  return list.map((value, i) => {
    const place = [...at, i];
    const bare = Array.isArray(value) || (typeof value === 'object' && value !== null && 'b64' in value);
    if (bare) return { id: null, frames: readFrames(value, place, rules) };
    const { id = null, embedding } = parseWithSchema(instanceSchema, value, 'REQUEST_INVALID', {}, place);
    return { id, frames: readFrames(embedding, [...place, 'embedding'], rules) };
  });
}

function readClassify(json: unknown, model: SavedModel): Asked<undefined> {
  const { examples, context, parameters = {} } = parseWithSchema(classifyBody, json, 'REQUEST_INVALID');
  const rules = rulesOf(model);
  const clips = readEach(examples, exampleSchema, ['examples'], ({ id, embedding }, at) => {
    // What all examples share stands in the context.
    const own = embedding !== undefined || context?.embedding === undefined;
    const place = own ? [...at, 'embedding'] : ['context', 'embedding'];
    return { id: id ?? null, frames: readFrames(own ? embedding : context?.embedding, place, rules) };
  });
  return { clips, options: parameters, optionsAt: ['parameters'] };
}

/** All scores in the order of the labels; those that were asked for with their names. */
function tensorsOf(probabilities: Float32Array, selection: Selection, { labels }: SavedModel) {
  if (!selection.selective) return [...probabilities];
  const chosen = choose(probabilities, selection);
  return {
    scores: chosen.map(({ probability }) => probability),
    classes: chosen.map(({ index }) => labels[index]!.displayName),
    label_ids: chosen.map(({ index }) => labels[index]!.mid),
  };
}

/** What the protocol has no place for: ids, and the scores of parts. */
function partsOf<T>(clips: readonly ScoredClip[], of: (probabilities: Float32Array) => T) {
  const timed = (spans: readonly ScoredSpan[]) =>
    spans.map(({ start, end, probabilities }) => ({ start, end, predictions: of(probabilities) }));
  const parts: Part<T>[] = clips.map(({ id, windows, frames }) => ({
    id,
    ...(windows.length > 1 ? { windows: timed(windows) } : {}),
    ...(frames === null ? {} : { frames: timed(frames) }),
  }));
  const plain = parts.every(({ id, ...others }) => id === null && Object.keys(others).length === 0);
  return plain ? {} : { clips: parts };
}

const predictAt = (path: string, id: string) =>
  inferenceRoute({
    path: `${path}:predict`,
    operation: {
      id,
      protocol,
      summary: 'Scores of all labels, or with options of those asked for.',
      body: predictBody,
      answer: predictAnswer,
    },
    usualTopK: Number.POSITIVE_INFINITY,
    jsonWithoutType: true,
    read: readPredict,
    encode({ model: { saved }, clips, selection, extra }) {
      const of = (probabilities: Float32Array) => tensorsOf(probabilities, selection, saved);
      const rows = clips.map(({ probabilities }) => of(probabilities));
      return { ...(extra === 'columns' ? { outputs: rows } : { predictions: rows }), ...partsOf(clips, of) };
    },
  });

const classifyAt = (path: string, id: string) =>
  inferenceRoute({
    path: `${path}:classify`,
    operation: {
      id,
      protocol,
      summary: 'Labels with their scores, most probable first.',
      body: classifyBody,
      answer: classifyAnswer,
    },
    usualTopK: Number.POSITIVE_INFINITY,
    jsonWithoutType: true,
    read: readClassify,
    encode({ model: { saved }, clips, selection }) {
      const of = (probabilities: Float32Array) =>
        choose(probabilities, selection).map(({ index, probability }) => [
          saved.labels[index]!.displayName,
          probability,
        ]);
      return { result: clips.map(({ probabilities }) => of(probabilities)), ...partsOf(clips, of) };
    },
  });

const places = [
  ['/v1/models/{model}', ''],
  ['/v1/models/{model}/versions/{version}', 'OfVersion'],
  ['/v1/models/{model}/labels/{label}', 'OfLabel'],
] as const;

/** `/v1/models/{m}[/versions/{v}|/labels/{l}][:predict|:classify|/metadata]` */
export const tfServingRoutes: readonly Route[] = places.flatMap(([path, of]) => [
  statusRoute(path, `tfServingStatus${of}`, protocol),
  metadataRoute(`${path}/metadata`, `tfServingMetadata${of}`, protocol),
  predictAt(path, `tfServingPredict${of}`),
  classifyAt(path, `tfServingClassify${of}`),
]);
