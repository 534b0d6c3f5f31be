import { problemSchema } from '../http/problem.ts';
import type { Components } from './openapi-components.ts';
import { isMaxPath, maxProblemSchema } from './problem-of-protocol.ts';
import type { Route } from './route.ts';

/** How a caller shows its key; a deployment that is public wants none. */
export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key of the deployment.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same key, by itself.' },
};
export const security = [{ bearer: [] }, { apiKey: [] }];

const header = (description: string) => ({ description, schema: { type: 'string' } });
const everyAnswer = {
  'x-request-id': header('Of the request: the one that it had, where it was well formed.'),
  'server-timing': header('Milliseconds of load, parse, queue and score, where they took any, and in total.'),
};
const retryAfter = {
  'retry-after': { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } },
};

/** Problems by their status; each is the answer of some request that the description names. */
const problems = {
  401: 'No API key of the deployment was shown.',
  413: 'The body is larger than the limit, as it is or decompressed.',
  415: 'No route takes this content type or content encoding.',
  429: 'More work waits than can be done soon.',
  501: 'The deployment takes no sound: VGGish is not in its bucket, or its model is of other embeddings.',
  503: 'The model is being loaded, or there is none yet.',
} as const;

const problemOf = (description: string, schema: Record<string, unknown>, headers: object = everyAnswer) => ({
  description,
  headers,
  content: { 'application/problem+json': { schema } },
});

/** The answers that operations refer to, once in the form of each protocol. */
export function problemAnswers(components: Components): Record<string, unknown> {
  return Object.fromEntries(
    [['', problemSchema] as const, ['Max', maxProblemSchema] as const].flatMap(([prefix, schema]) => {
      const body = components.schemaOf(schema, 'output');
      return [
        [
          `${prefix}Problem`,
          problemOf('What is wrong, where, what was expected and what was received (RFC 9457).', body),
        ],
        ...Object.entries(problems).map(([status, description]) => {
          const headers = ['429', '503'].includes(status) ? { ...everyAnswer, ...retryAfter } : everyAnswer;
          return [`${prefix}Problem${status}`, problemOf(description, body, headers)];
        }),
      ];
    }),
  );
}

/** What an operation answers. */
export function answersOf({ path, open, operation }: Route, components: Components): Record<string, unknown> {
  const { answer, answerType = 'application/json', clips } = operation;
  const prefix = isMaxPath(path) ? 'Max' : '';
  const ref = (name: string) => ({ $ref: `#/components/responses/${prefix}${name}` });
  const statuses = [...(open ? [] : [401]), ...(clips ? [413, 415, 429, 501] : []), 503];
  return {
    200: {
      description: 'Done.',
      content: { [answerType]: { schema: components.schemaOf(answer, 'output') } },
      headers: {
        ...everyAnswer,
        ...(clips ? { 'x-model-version': header('Of the model that answered.') } : {}),
      },
    },
    ...Object.fromEntries(statuses.map((status) => [status, ref(`Problem${status}`)])),
    default: ref('Problem'),
  };
}
