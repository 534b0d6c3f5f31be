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
    async start(jobRun, env, indices) {
      const token = await iamToken(settings);
      const url = `${settings.apiBaseUrl}/v2/projects/${settings.projectId}/job_runs?version=${apiVersion}`;
      const { status, text } = await answerTo(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          job_name: settings.job,
          name: jobRun,
          run_env_variables: Object.entries(env).map(([name, value]) => ({ type: 'literal', name, value })),
          ...(indices === undefined ? {} : { scale_array_spec: arraySpec(indices) }),
        }),
      });
      if (status !== 202 && status !== 409) throw failed('202 from POST job_runs', told(status, text));
    },
  };
}

/** Ascending indices as Code Engine has them: `0-3,7`. */
export function arraySpec(indices: readonly number[]): string {
  const stretches: [number, number][] = [];
  for (const index of indices) {
    const last = stretches.at(-1);
    if (last !== undefined && index === last[1] + 1) last[1] = index;
    else stretches.push([index, index]);
  }
  return stretches.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

async function iamToken({ iamTokenEndpoint, apiKey }: CodeEngineJobsSettings): Promise<string> {
  const { status, text } = await answerTo(iamTokenEndpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: apiKey }),
  });
  const token = status === 200 ? tokenIn(text) : undefined;
  if (typeof token !== 'string') throw failed('an IAM token', told(status, text));
  return token;
}

function tokenIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { access_token?: unknown } | null)?.access_token;
  } catch {
    return undefined;
  }
}

/** The whole answer; a connection that fails before its end is no answer. */
async function answerTo(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const reason = error instanceof Error ? String(error.cause ?? error.message) : String(error);
    throw failed('an answer', reason, error);
  }
}

const told = (status: number, text: string) => `${status} ${text.slice(0, 300)}`;

const failed = (expected: string, received: string, cause?: unknown) =>
  new EarshotError('JOB_START_FAILED', { expected, received }, { cause });
