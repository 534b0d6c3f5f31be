import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../shared/errors/parse-with-schema.ts';
import type { JobRunner } from './job-runner.ts';
import { pathOf, queryOf, readBody, sendJson } from './node-http.ts';

const jobRunSchema = z.strictObject({
  job_name: z.string(),
  name: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes'),
  run_env_variables: z.array(
    z.strictObject({ type: z.literal('literal'), name: z.string(), value: z.string() }),
  ),
  /** `0-3,7`: a job array. */
  scale_array_spec: z
    .string()
    .regex(/^\d{1,7}(-\d{1,7})?(,\d{1,7}(-\d{1,7})?)*$/, 'indices and ranges of them, as 0-3,7')
    .default('0'),
});
const maxBytes = 1024 * 1024;
const mostIndices = 1000;

export interface CodeEngineApiOptions {
  readonly apiKey: string;
  readonly projectId: string;
  readonly runner: Pick<JobRunner, 'start'>;
}

/** What the API refuses. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * The two calls of IBM Cloud that start-training makes, on this machine: an IAM token for an API key, and
 * `POST /v2/projects/{id}/job_runs`, which starts the job as a process.
 */
export function createCodeEngineApi(options: CodeEngineApiOptions): Server {
  return createServer((request, response) => {
    const answering = pathOf(request) === '/identity/token' ? giveToken : startJobRun;
    answering(options, request, response).catch((error: unknown) => {
      const { status, code, message } = refusalOf(error);
      sendJson(response, status, {
        errors: [{ code, message }],
        trace: `codeengine-api-${randomUUID()}`,
        status_code: status,
      });
    });
  });
}

const tokenOf = (apiKey: string) => `local-${apiKey}`;

async function giveToken(
  { apiKey }: CodeEngineApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = new URLSearchParams(Buffer.from(await readBody(request, maxBytes)).toString('utf8'));
  const refuse = (errorCode: string, errorMessage: string) =>
    sendJson(response, 400, { errorCode, errorMessage });
  if (form.get('grant_type') !== 'urn:ibm:params:oauth:grant-type:apikey') {
    return refuse('BXNIM0106E', 'Property missing or not supported: grant_type.');
  }
  if (form.get('apikey') !== apiKey) return refuse('BXNIM0415E', 'Provided API key could not be found.');
  sendJson(response, 200, { access_token: tokenOf(apiKey), token_type: 'Bearer', expires_in: 3600 });
}

async function startJobRun(
  { apiKey, projectId, runner }: CodeEngineApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = Buffer.from(await readBody(request, maxBytes)).toString('utf8');
  if (request.headers.authorization !== `Bearer ${tokenOf(apiKey)}`) {
    throw new Refusal(401, 'unauthorized', 'The token is missing or wrong.');
  }
  if (request.method !== 'POST' || pathOf(request) !== `/v2/projects/${projectId}/job_runs`) {
    throw new Refusal(404, 'resource_not_found', 'Resource not found.');
  }
  if (!/^\d{4}-\d\d-\d\d$/.test(new URLSearchParams(queryOf(request)).get('version') ?? '')) {
    throw new Refusal(400, 'invalid_version', 'The query needs version=YYYY-MM-DD.');
  }
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'unsupported_media_type', 'The body must be application/json.');
  }
  const { job_name, name, run_env_variables, scale_array_spec } = parseWithSchema(
    jobRunSchema,
    jsonOf(body),
    'REQUEST_INVALID',
  );
  const env = Object.fromEntries(run_env_variables.map((variable) => [variable.name, variable.value]));
  switch (runner.start(job_name, name, env, indicesOf(scale_array_spec))) {
    case 'unknown':
      throw new Refusal(404, 'resource_not_found', `There is no job ${job_name}.`);
    case 'exists':
      throw new Refusal(409, 'resource_already_exists', `There is a job run ${name}.`);
    case 'closed':
      throw new Refusal(503, 'service_unavailable', 'The platform stops.');
    case 'started':
      sendJson(response, 202, { name, job_name, project_id: projectId, status: 'pending' });
  }
}

function indicesOf(arraySpec: string): number[] {
  const indices = new Set<number>();
  for (const part of arraySpec.split(',')) {
    const [first, last = first] = part.split('-').map(Number) as [number, number?];
    // One more than an array may have is enough to refuse it.
    for (let index = first; index <= last && indices.size <= mostIndices; index++) indices.add(index);
  }
  if (indices.size > 0 && indices.size <= mostIndices) return [...indices].sort((a, b) => a - b);
  throw new Refusal(400, 'invalid_request', `scale_array_spec must name 1 to ${mostIndices} indices.`);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'invalid_request', 'The body is not JSON.');
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof EarshotError)) return new Refusal(500, 'internal_error', message);
  return error.code === 'BODY_TOO_LARGE'
    ? new Refusal(413, 'request_too_large', message)
    : new Refusal(400, 'invalid_request', message);
}
