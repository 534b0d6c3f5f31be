import { type Environment, iamTokenEndpoint, requiredSetting } from '../config/settings.ts';
import { openCodeEngineJobs } from './code-engine-jobs.ts';
import type { JobStarter } from './job-starter.ts';

/** @throws SETTING_INVALID */
export function jobStarterFromSettings(env: Environment): JobStarter {
  return openCodeEngineJobs({
    apiBaseUrl: requiredSetting(env, 'CE_API_BASE_URL'),
    projectId: requiredSetting(env, 'CE_PROJECT_ID'),
    job: requiredSetting(env, 'EARSHOT_JOB'),
    apiKey: requiredSetting(env, 'IBMCLOUD_API_KEY'),
    iamTokenEndpoint: iamTokenEndpoint(env),
  });
}
