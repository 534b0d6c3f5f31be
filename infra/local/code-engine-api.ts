import { createServer, type Server } from 'node:http';
import * as z from 'zod';
import type { JobRunner } from './job-runner.ts';
import { readBody, sendJson } from './node-http.ts';

const jobRunSchema = z.strictObject({
  job_name: z.string(),
  name: z.string().regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  run_env_variables: z.array(
    z.strictObject({ type: z.literal('literal'), name: z.string(), value: z.string() }),
  ),
});

/**
 * The two calls of IBM Cloud that start-training makes, on this machine: an IAM token for an API key, and
 * `POST /v2/projects/{id}/job_runs`, which starts the job as a process.
 */
export function createCodeEngineApi(options: {
  apiKey: string;
  projectId: string;
  runner: JobRunner;
}): Server {
  const token = `local-${options.apiKey}`;
  const jobRunsPath = `/v2/projects/${options.projectId}/job_runs`;
  return createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = Buffer.from(await readBody(request, 1024 * 1024)).toString('utf8');
    const fail = (status: number, code: string, message: string) =>
      sendJson(response, status, { errors: [{ code, message }], status_code: status });

    if (request.method === 'POST' && url.pathname === '/identity/token') {
      const apiKey = new URLSearchParams(body).get('apikey');
      if (apiKey !== options.apiKey) return fail(400, 'BXNIM0415E', 'Provided API key could not be found.');
      return sendJson(response, 200, { access_token: token, token_type: 'Bearer', expires_in: 3600 });
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      return fail(401, 'unauthorized', 'The token is missing or wrong.');
    }
    if (request.method !== 'POST' || url.pathname !== jobRunsPath) {
      return fail(404, 'resource_not_found', 'Resource not found.');
    }
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      return fail(400, 'invalid_request', 'The body is not JSON.');
    }
    const parsed = jobRunSchema.safeParse(json);
    if (!parsed.success) return fail(400, 'invalid_request', parsed.error.message);
    const { job_name, name, run_env_variables } = parsed.data;
    const env = Object.fromEntries(run_env_variables.map((variable) => [variable.name, variable.value]));
    const started = options.runner.start(job_name, name, env);
    if (started === 'unknown') return fail(404, 'resource_not_found', `There is no job ${job_name}.`);
    if (started === 'exists') return fail(409, 'resource_already_exists', `There is a job run ${name}.`);
    return sendJson(response, 202, { name, job_name, status: 'pending' });
  });
}
