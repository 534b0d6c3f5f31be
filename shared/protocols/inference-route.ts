import * as z from 'zod';
import { EarshotError } from '../errors/earshot-error.ts';
import type { PathLike } from '../errors/parse-with-schema.ts';
import { type HttpResult, jsonResult } from '../http/http-event.ts';
import { type Clip, maxBodyBytes, type ServedModel } from '../inference/clips.ts';
import { type Options, optionsSchema, type Selection, selectionOf } from '../inference/options.ts';
import { type ScoredClip, scoreClips } from '../inference/score-clips.ts';
import type { SavedModel } from '../model/saved-model.ts';
import { withoutForm } from './multipart-form.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';
import { choiceOf, type Operation, type Route, type RouteCall } from './route.ts';

/** What every route that scores clips takes in its query. */
export const clipsQuery = z.strictObject({
  ...optionsSchema.shape,
  id: z.string().max(255).optional().describe('Of the clip of a body of raw frames or of sound; echoed.'),
  clip_frames: z
    .int()
    .min(1)
    .max(maxBodyBytes)
    .optional()
    .describe('Cuts a body of raw frames into clips of as many frames; one clip unless it is said.'),
});
export type ClipsQuery = z.infer<typeof clipsQuery>;

/** A request, read. */
export interface Asked<Extra> {
  readonly clips: readonly Clip[];
  /** Of the body; they go before those of the query. */
  readonly options?: Options;
  /** Where in the body they stand. */
  readonly optionsAt?: PathLike;
  readonly extra?: Extra;
}

export interface Scored<Extra> {
  readonly model: ServedModel;
  readonly clips: readonly ScoredClip[];
  readonly selection: Selection;
  /** Absent when the body was not JSON. */
  readonly extra: Extra | undefined;
}

/** A protocol's way to ask about clips: decode, the one call that scores, encode. */
export interface InferenceProtocol<Extra, Answer extends z.ZodType, Query extends z.ZodObject> {
  readonly path: string;
  readonly operation: Omit<Operation, 'query' | 'clips'> & { readonly answer: Answer };
  readonly query?: Query;
  /** Labels of an answer when the caller does not say. */
  readonly usualTopK: number;
  /** That JSON may come without a content type, or as a form's: clients of this protocol send it so. */
  readonly jsonWithoutType: boolean;
  read(json: unknown, model: SavedModel): Asked<Extra>;
  /** What the query says beside the options. */
  adapt?(asked: Asked<Extra>, query: z.output<Query>, model: SavedModel): Asked<Extra>;
  encode(scored: Scored<Extra>): z.input<Answer>;
}

export function inferenceRoute<
  Extra,
  Answer extends z.ZodType,
  Query extends z.ZodObject = typeof clipsQuery,
>(protocol: InferenceProtocol<Extra, Answer, Query>): Route {
  const { path, operation, query = clipsQuery } = protocol;
  return {
    method: 'POST',
    path,
    operation: { ...operation, query, clips: true },
    handle: (call) => answer(call, protocol, query as Query),
  };
}

function answer<Extra, Answer extends z.ZodType, Query extends z.ZodObject>(
  { event: sent, params, serving, trace }: RouteCall,
  protocol: InferenceProtocol<Extra, Answer, Query>,
  querySchema: Query,
): Promise<HttpResult> {
  const started = performance.now();
  const choice = { ...choiceOf(params), request: trace.requestId };
  return serving.use(choice, async (model) => {
    const loaded = performance.now();
    trace.took('load', loaded - started);
    trace.model = model.name;
    trace.version = model.version;
    const { saved } = model;
    const event = await withoutForm(sent);
    const query = readQuery(event, querySchema);
    const given = query as ClipsQuery;
    const body = await readBody(event, saved, given, protocol, serving);
    const asked = protocol.adapt?.(body, query, saved) ?? body;
    const { options = {}, optionsAt = [] } = asked;
    const settled = { ...optionsOf(given), ...defined(options) };
    // What the query says is checked, also where the body says otherwise.
    if (options.labels) selectionOf(optionsOf(given), saved, protocol.usualTopK, ['query']);
    const selection = selectionOf(settled, saved, protocol.usualTopK, options.labels ? optionsAt : ['query']);
    const parsed = performance.now();
    trace.took('parse', parsed - loaded);
    const clips = await scoreClips(model, asked.clips, selection, serving.queue, trace);
    trace.clips = clips.length;
    const encoded = protocol.encode({ model, clips, selection, extra: asked.extra });
    const result = jsonResult(200, encoded, { 'x-model-version': model.version });
    expectSmallAnswer(Buffer.byteLength(result.body), selection.topK);
    serving.answered({ model, clips: asked.clips, scored: clips, selection });
    return result;
  });
}

function optionsOf(query: ClipsQuery): Options {
  const { id: _, clip_frames: __, ...options } = query;
  return options;
}

/** A property that is there without a value does not hide the query's. */
const defined = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function expectSmallAnswer(bytes: number, topK: number): void {
  if (bytes <= maxBodyBytes) return;
  throw new EarshotError('REQUEST_INVALID', {
    path: 'top_k',
    expected: `an answer of at most ${maxBodyBytes} bytes: a lower top_k, or fewer clips`,
    received: `${bytes} bytes for a top_k of ${topK}`,
  });
}
