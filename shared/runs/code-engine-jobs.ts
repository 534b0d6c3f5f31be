import { EarshotError } from '../errors/earshot-error.ts';
import type { JobStarter } from './job-starter.ts';

export interface CodeEngineJobsSettings {
  /** Without `/v2`. */
  readonly apiBaseUrl: string;
  readonly projectId: string;
  /** Name of the job definition. */
  readonly job: string;
  readonly apiKey: string;
  readonly iamTokenEndpoint: string;
}

/** Version date of the Code Engine API v2 that the request bodies follow. */
const apiVersion = '2026-06-15';

/** Job runs through the Code Engine API: `POST /v2/projects/{id}/job_runs`, answered with 202. */
export function openCodeEngineJobs(settings: CodeEngineJobsSettings): JobStarter {
  return {
    async start(jobRun, env) {
      const token = await iamToken(settings);
      const url = `${settings.apiBaseUrl}/v2/projects/${settings.projectId}/job_runs?version=${apiVersion}`;
      const response = await request(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          job_name: settings.job,
          name: jobRun,
          run_env_variables: Object.entries(env).map(([name, value]) => ({ type: 'literal', name, value })),
        }),
      });
      if (response.status === 202 || response.status === 409) return;
      throw failed('202 from POST job_runs', `${response.status} ${(await response.text()).slice(0, 300)}`);
    },
  };
}

async function iamToken({ iamTokenEndpoint, apiKey }: CodeEngineJobsSettings): Promise<string> {
  const response = await request(iamTokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: apiKey }),
  });
  const text = await response.text();
  const token = response.ok ? (JSON.parse(text) as { access_token?: unknown }).access_token : undefined;
  if (typeof token !== 'string') throw failed('an IAM token', `${response.status} ${text.slice(0, 300)}`);
  return token;
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    throw failed(
      'an answer',
      error instanceof Error ? String(error.cause ?? error.message) : String(error),
      error,
    );
  }
}

const failed = (expected: string, received: string, cause?: unknown) =>
  new EarshotError('JOB_START_FAILED', { expected, received }, { cause });
