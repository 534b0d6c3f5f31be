interface MetricDescription {
  readonly type: 'counter' | 'histogram' | 'gauge';
  readonly help: string;
  readonly labels: readonly LabelName[];
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

/** How many versions have series of their own; those of the one that was counted first make room for another. */
export const mostVersions = 16;

/** What each label may be: every one is bounded, whatever callers send. `docs/metrics.md` is generated from it. */
export const labelTable = {
  route: 'Pattern of a path, as in `/openapi.json`; `none` where no path fits.',
  method: '`GET`, `POST`, `OPTIONS`, or `other`.',
  status: 'HTTP status of the answer.',
  code: 'Code of [errors.md](errors.md).',
  key: 'Name of an API key of the deployment.',
  model: 'Name of a model that was served.',
  version: `Version of it; of the last ${mostVersions} that were served.`,
  outcome: '`compared`, `skipped` because too much waited, or `failed`.',
  about: '`top1`, the most probable label, or `labels`, the set at or above the threshold.',
  stage: '`start` for the first version of a process, `swap` for a later one.',
} as const;

export type LabelName = keyof typeof labelTable;

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384] as const;

/** Everything that `GET /metrics` tells. */
export const metricsTable = {
  earshot_requests_total: {
    type: 'counter',
    help: 'Requests that were answered.',
    labels: ['route', 'method', 'status'],
  },
  earshot_requests_in_flight: {
    type: 'gauge',
    help: 'Requests that wait for their answer now.',
    labels: [],
  },
  earshot_request_duration_seconds: {
    type: 'histogram',
    help: 'From the call of the function to its answer.',
    labels: ['route'],
    buckets: seconds,
  },
  earshot_prediction_duration_seconds: {
    type: 'histogram',
    help: 'The same, of requests that a version scored.',
    labels: ['model', 'version'],
    buckets: seconds,
  },
  earshot_queue_duration_seconds: {
    type: 'histogram',
    help: 'What of it was waiting for a place in a batch.',
    labels: ['model', 'version'],
    buckets: seconds,
  },
  earshot_clips_total: { type: 'counter', help: 'Clips that were scored.', labels: ['model', 'version'] },
  earshot_batches_total: {
    type: 'counter',
    help: 'Passes of the engine, each over clips of one or several requests.',
    labels: ['model', 'version'],
  },
  earshot_batch_clips: {
    type: 'histogram',
    help: 'Clips, or windows of long ones, of a batch.',
    labels: ['model', 'version'],
    buckets: sizes,
  },
  earshot_batch_requests: {
    type: 'histogram',
    help: 'Requests that share a batch.',
    labels: ['model', 'version'],
    buckets: sizes.slice(0, 9),
  },
  earshot_rejections_total: {
    type: 'counter',
    help: 'Problems that were the answer, of callers and of the server.',
    labels: ['code'],
  },
  earshot_key_requests_total: {
    type: 'counter',
    help: 'Requests by the API key that they showed.',
    labels: ['key'],
  },
  earshot_model_load_duration_seconds: {
    type: 'histogram',
    help: 'From reading a version to having it warm.',
    labels: ['stage'],
    buckets: seconds,
  },
  earshot_model_refresh_failures_total: {
    type: 'counter',
    help: 'Looks for a newer version that failed; the loaded one was served on.',
    labels: [],
  },
  earshot_shadow_requests_total: {
    type: 'counter',
    help: 'Requests that the candidate was to score in the shadow of stable, by what became of it.',
    labels: ['model', 'version', 'outcome'],
  },
  earshot_shadow_clips_total: {
    type: 'counter',
    help: 'Clips that both versions scored; `version` is the candidate.',
    labels: ['model', 'version'],
  },
  earshot_shadow_disagreements_total: {
    type: 'counter',
    help: 'What of them has another most probable label, or another set of labels at or above the threshold.',
    labels: ['model', 'version', 'about'],
  },
  earshot_shadow_difference_sum_total: {
    type: 'counter',
    help: 'Sum over these clips of the mean difference of their probabilities; divided by the clips, the mean of all.',
    labels: ['model', 'version'],
  },
  earshot_cold_starts_total: {
    type: 'counter',
    help: 'Processes that gave their first answer: 1, or 0 before it.',
    labels: [],
  },
  earshot_cold_start_duration_seconds: {
    type: 'gauge',
    help: 'From the start of the process to its first answer that a model scored.',
    labels: [],
  },
} as const satisfies Record<`earshot_${string}`, MetricDescription>;

export type MetricName = keyof typeof metricsTable;
