import type { CatalogueEntry } from './entry.ts';

/** Codes of the inference function. */
export const httpCodes = {
  ROUTE_NOT_FOUND: {
    kind: 'user',
    message: 'There is nothing at this path',
    cause: 'The path or method is misspelt.',
    remedy: 'GET /openapi.json lists the paths; POST /predict is the usual one.',
    status: 404,
  },
  METHOD_NOT_ALLOWED: {
    kind: 'user',
    message: 'This path does not take this method',
    cause: 'For example GET where POST is expected.',
    remedy: 'Use the method named in the Allow header.',
    status: 405,
  },
  API_KEY_REFUSED: {
    kind: 'user',
    message: 'The request carries no API key of this deployment',
    cause: 'serverless deploy made a key and showed it once; the request has none, or another.',
    remedy:
      'Send Authorization: Bearer <key>. serverless deploy --new-key makes another key; public: true in serverless.yml lets everyone ask.',
    status: 401,
  },
  BODY_TOO_LARGE: {
    kind: 'user',
    message: 'The request body is larger than the limit',
    cause: 'A function takes at most 5 MB a request, and what is compressed may not grow without end.',
    remedy: 'Send fewer clips a request.',
    status: 413,
  },
  HEADERS_TOO_LARGE: {
    kind: 'user',
    message: 'The headers of the request are larger than the limit',
    cause: 'Cookies or other headers that nobody here reads.',
    remedy: 'Send authorization or x-api-key, content-type, and what your client needs.',
    status: 431,
  },
  TARGET_TOO_LONG: {
    kind: 'user',
    message: 'Path and query of the request are longer than the limit',
    cause: 'Many labels in the query.',
    remedy: 'Name labels in the body.',
    status: 414,
  },
  BODY_UNSUPPORTED_ENCODING: {
    kind: 'user',
    message: 'The content encoding of the request is not supported',
    cause: 'The body is encoded in a way that nothing here undoes, or several times.',
    remedy: 'Send the body as it is, or in one of gzip, deflate and br.',
    status: 415,
  },
  BODY_UNSUPPORTED_TYPE: {
    kind: 'user',
    message: 'The content type of the request is not supported',
    cause: 'The body is neither JSON, a TFRecord nor raw frames, or it is encoded.',
    remedy:
      'Send application/json, a TFRecord as application/x-tfrecord, or frames as application/x-uint8-frames.',
    status: 415,
  },
  BODY_MALFORMED: {
    kind: 'user',
    message: 'The request body cannot be read',
    cause: 'It is empty or not valid JSON.',
    remedy: 'Send {"clips": [{"frames": [[…]]}], "top_k": 5}.',
    status: 400,
  },
  REQUEST_INVALID: {
    kind: 'user',
    message: 'A part of the request is not as expected',
    cause: 'See path, expected and received.',
    remedy: 'Correct the value at the path.',
    status: 422,
  },
  MODEL_NOT_SERVED: {
    kind: 'user',
    message: 'This model, version or label is not served here',
    cause: 'A function serves one model: the versions that its aliases stable and candidate name.',
    remedy: 'Ask for what is served, or without version and label.',
    status: 404,
  },
  OVERLOADED: {
    kind: 'user',
    message: 'More work waits here than can be done soon',
    cause: 'Requests come faster than their clips can be scored.',
    remedy: 'Repeat after the seconds in Retry-After; send fewer clips at once, or let more instances run.',
    status: 429,
  },
  MODEL_LOADING: {
    kind: 'fault',
    message: 'The model is being loaded',
    cause: 'The instance has just started.',
    remedy: 'Repeat after the seconds in Retry-After.',
    status: 503,
  },
  SCORES_NOT_FINITE: {
    kind: 'fault',
    message: 'The model gave a score that is no number',
    cause: 'The served version is broken: its weights are not finite, or too large for its inputs.',
    remedy: 'Roll the alias back to another version, and train again with a lower learningRate.',
    status: 500,
  },
  METRICS_NOT_HERE: {
    kind: 'user',
    message: 'A function has no metrics to scrape',
    cause:
      'Between requests its instances are frozen, and each request reaches any of them: what one has counted says nothing of all.',
    remedy:
      'Read the same figures from the log lines with the event request, or run infer as an app or on this machine: docs/operations.md.',
    status: 404,
  },
  INTERNAL_FAULT: {
    kind: 'fault',
    message: 'Something failed that should not',
    cause: 'A fault in Earshot.',
    remedy: 'Report it with the request id.',
    status: 500,
    exit: 1,
  },
} as const satisfies Record<string, CatalogueEntry>;
