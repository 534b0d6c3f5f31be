import { parseWithSchema, preview } from '../errors/parse-with-schema.ts';
import type { Clip } from '../inference/clips.ts';
import type { Options } from '../inference/options.ts';
import { invalid, readTensor } from '../inference/read-frames.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { readEach, rulesOf } from './clip-schemas.ts';
import { type Asked, inferenceRoute } from './inference-route.ts';
import { modelRoutes, serverRoutes } from './open-inference-model.ts';
import { outputsOf } from './open-inference-outputs.ts';
import { type AskedOutput, inferAnswer, inferBody, inputSchema } from './open-inference-schemas.ts';
import type { Route } from './route.ts';

/** https://github.com/kserve/open-inference-protocol, version 2, with JSON tensors. */
const protocol = 'Open Inference Protocol';

interface Extra {
  readonly id: string | null;
  readonly outputs: readonly AskedOutput[];
}

function read(json: unknown, model: SavedModel): Asked<Extra> {
  const {
    id = null,
    parameters = {},
    inputs,
    outputs = [],
  } = parseWithSchema(inferBody, json, 'REQUEST_INVALID');
  const { top_k, threshold, labels, return_frames, hop } = parameters;
  const options = {
    top_k,
    threshold,
    labels: typeof labels === 'string' ? [labels] : labels,
    return_frames,
    hop,
  };
  return {
    clips: clipsOf(inputs, model),
    options: options as Options,
    optionsAt: ['parameters'],
    extra: { id, outputs },
  };
}

function clipsOf(inputs: readonly unknown[], model: SavedModel): Clip[] {
  const { width, dtype } = rulesOf(model);
  const tensors = readEach(inputs, inputSchema, ['inputs'], (tensor, at) => ({ tensor, at }));
  const named = (name: string) => {
    const [first, second] = tensors.filter(({ tensor }) => tensor.name === name);
    if (second !== undefined) throw invalid([...second.at, 'name'], `${name} once`, 'twice');
    return first;
  };
  const embedding = named('embedding');
  if (embedding === undefined) throw invalid(['inputs'], 'a tensor embedding', 'none');
  const { tensor, at } = embedding;
  const [count, frames, values] = tensor.shape.length === 3 ? tensor.shape : [1, ...tensor.shape];
  if (values !== width) throw invalid([...at, 'shape'], `[…, ${width}]`, `[${tensor.shape.join(', ')}]`);
  const all = readTensor(tensor.data, tensor.shape, [...at, 'data'], dtype);
  const lengths = lengthsOf(named('lengths'), count!, frames!);
  return lengths.map((length, i) => {
    const first = i * frames! * width;
    return { id: null, frames: all.subarray(first, first + length * width) };
  });
}

type Found = { readonly tensor: { readonly data: unknown }; readonly at: readonly PropertyKey[] } | undefined;

function lengthsOf(found: Found, clips: number, frames: number): number[] {
  if (found === undefined) return Array.from({ length: clips }, () => frames);
  const at = [...found.at, 'data'];
  const data = found.tensor.data as readonly unknown[];
  if (data.length !== clips) throw invalid(at, `${clips} lengths, one a clip`, `${data.length}`);
  return data.map((length, i) => {
    const right = typeof length === 'number' && Number.isInteger(length) && length >= 1 && length <= frames;
    if (!right) throw invalid([...at, i], `a whole number 1..${frames}`, preview(length));
    return length;
  });
}

const inferAt = (path: string, id: string) =>
  inferenceRoute({
    path: `${path}/infer`,
    operation: {
      id,
      protocol,
      summary: 'Scores of all labels, or with options of those asked for.',
      body: inferBody,
      answer: inferAnswer,
    },
    usualTopK: Number.POSITIVE_INFINITY,
    jsonWithoutType: true,
    read,
    encode({ model: { name, version, saved }, clips, selection, extra }) {
      return {
        model_name: name,
        model_version: version,
        ...(extra === undefined || extra.id === null ? {} : { id: extra.id }),
        outputs: outputsOf(clips, selection, saved.labels, extra?.outputs ?? []),
      };
    },
  });

const places = [
  ['/v2/models/{model}', ''],
  ['/v2/models/{model}/versions/{version}', 'OfVersion'],
] as const;

/** `/v2`, `/v2/health/{live,ready}`, `/v2/models/{m}[/versions/{v}][/ready|/infer]` */
export const openInferenceRoutes: readonly Route[] = [
  ...serverRoutes(protocol),
  ...places.flatMap(([path, of]) => [
    ...modelRoutes(path, of, protocol),
    inferAt(path, `openInferenceInfer${of}`),
  ]),
];
