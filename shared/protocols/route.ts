import type * as z from 'zod';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import type { BatchQueue } from '../inference/batch-queue.ts';
import type { ServedModel } from '../inference/clips.ts';
import type { ScoredRequest } from '../inference/comparison.ts';
import type { SoundEncoder } from '../inference/sound-clips.ts';
import type { EvaluatedClips } from '../search/evaluated-clips.ts';
import type { Meter } from '../telemetry/meter.ts';

/** Which model a path names; what is absent is the one that is served, at its stable version. */
export interface ModelChoice {
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  /** An alias: `stable` or `candidate`. */
  readonly label?: string | undefined;
  /** Id of a request that scores clips and may as well be answered by the candidate, if it has a share of them. */
  readonly request?: string | undefined;
}

/** Who has the models. */
export interface Serving {
  /** All requests' way to the engine. */
  readonly queue: BatchQueue;
  /**
   * Does `work` with the model; it stays as it is until the work is done.
   * @throws MODEL_NOT_SERVED, MODEL_LOADING, MODEL_MISSING, MODEL_FORMAT_UNSUPPORTED, MODEL_CORRUPT, and what the store
   *   and `work` throw
   */
  use<T>(choice: ModelChoice, work: (model: ServedModel) => Promise<T>): Promise<T>;
  /**
   * VGGish, loaded when the first sound comes; null when the deployment has none.
   * @throws MODEL_LOADING, VGGISH_UNREADABLE, and what the store throws
   */
  sound(): Promise<SoundEncoder | null>;
  /** Is told what was scored, for a candidate that scores it too once there is time; never throws. */
  answered(scored: ScoredRequest): void;
}

export interface RouteCall {
  readonly event: HttpEvent;
  /** By the names in the path's pattern, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly serving: Serving;
  /** The clips that versions were evaluated on; opened when it is called. */
  readonly evaluated: () => EvaluatedClips;
  /** Where the route tells what it learns. */
  readonly trace: RequestTrace;
  /** What this process has counted. */
  readonly meter: Meter;
}

/** What the document of the API says of a route; its schemas are those that read the request. */
export interface Operation {
  readonly id: string;
  readonly protocol: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  /** Of JSON; with `clips`, TFRecords and raw frames are taken too. */
  readonly body?: z.ZodType;
  readonly clips?: true;
  readonly answer: z.ZodType;
  /** Content type of the answer when it is not JSON. */
  readonly answerType?: string;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** `/v2/models/{model}/infer`: a name in braces is any text without `/` and `:`. */
  readonly path: string;
  /**
   * Answered also to callers without an API key, so that platforms can look whether an instance lives. Absent for
   * every route that tells of models or data. Its path has no names in braces.
   */
  readonly open?: true;
  readonly operation: Operation;
  handle(call: RouteCall): Promise<HttpResult>;
}

export const choiceOf = ({ model, version, label }: RouteCall['params']): ModelChoice => ({
  model,
  version,
  label,
});
