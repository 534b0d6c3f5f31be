import { EarshotError } from '../errors/earshot-error.ts';
import type { CosSettings } from '../storage/cos-settings.ts';

/** Every environment variable that a deployed part reads; `docs/settings.md` is generated from it. */
export const settingsTable = {
  COS_ENDPOINT: 'URL of the object store, e.g. of the region of the bucket.',
  COS_BUCKET: 'Name of the one bucket.',
  COS_REGION: 'Region that requests are signed for.',
  COS_ACCESS_KEY_ID: 'HMAC access key; with COS_SECRET_ACCESS_KEY the way that spares the IAM round trip.',
  COS_SECRET_ACCESS_KEY: 'HMAC secret.',
  COS_API_KEY: 'IAM API key, when there is no HMAC key.',
  COS_INSTANCE_ID: 'Id of the object-storage instance, with COS_API_KEY.',
  IAM_ENDPOINT: 'Base URL of IAM.',
  RESOURCE_CONTROLLER_ENDPOINT: 'Base URL of the Resource Controller, for a deployment.',
  IBMCLOUD_API_KEY: 'API key of IBM Cloud: of the account that is deployed to, or that starts job runs.',
  CE_API_BASE_URL: 'Base URL of the Code Engine API, without /v2; Code Engine sets it.',
  CE_PROJECT_ID: 'Id of the Code Engine project; Code Engine sets it.',
  EARSHOT_JOB: 'Name of the training job.',
  EARSHOT_RUN: 'Name of the run that the training job works on.',
  EARSHOT_ATTEMPT: 'How often the run has been started.',
  JOB_INDEX: 'Which member of an ensemble this process trains, from 0; Code Engine sets it.',
  EARSHOT_MODEL: 'Name of the model that infer serves; * is the one whose alias moved last.',
  EARSHOT_API_KEYS:
    'Keys, separated by commas, of which infer wants one from its callers; each may have a name in front, as in `ci:KEY`.',
  EARSHOT_API_KEY_NAME:
    'A further key; the rest of the name of the variable, in place of NAME, is the name of the key. Deployments have one for each of `keys`.',
  EARSHOT_PUBLIC:
    'true lets everyone ask. Without it and without a key infer refuses everyone on Code Engine; on this machine it asks for none.',
  EARSHOT_CORS_ORIGINS: 'Origins, separated by commas, whose pages may call infer; * lets all.',
  EARSHOT_REQUEST_LOG: 'Requests to infer that are a line of its log: all, failed (4xx and 5xx), or none.',
  EARSHOT_REFRESH_SECONDS: 'How old what infer knows of the alias may be before it looks again.',
  EARSHOT_EVENTS_SECRET: 'What each event must show to the events app, of at least 16 characters.',
  PORT: 'Port on which the events app listens; Code Engine sets it.',
  EARSHOT_ENGINE: 'auto, native or wasm: the TensorFlow.js engine of the training job.',
  EARSHOT_HEARTBEAT_SECONDS: 'How often the training job writes its status.',
  EARSHOT_SETTLE_SECONDS:
    'How long start-training waits for uploads to be sharded before the event comes again.',
} as const;

/** What no log and no answer may say. */
const secretSettings: readonly string[] = [
  'COS_SECRET_ACCESS_KEY',
  'COS_API_KEY',
  'IBMCLOUD_API_KEY',
  'EARSHOT_API_KEYS',
  'EARSHOT_EVENTS_SECRET',
] satisfies SettingName[];
/** Before the name of an API key, in capitals. */
export const apiKeyPrefix = 'EARSHOT_API_KEY_';

export const isSecretSetting = (variable: string): boolean =>
  secretSettings.includes(variable) || variable.startsWith(apiKeyPrefix);

export type SettingName = keyof typeof settingsTable;
export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws SETTING_INVALID when it is missing or empty */
export function requiredSetting(env: Environment, name: SettingName): string {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new EarshotError('SETTING_INVALID', {
      field: name,
      expected: settingsTable[name],
      received: 'nothing',
    });
  }
  return value;
}

export function optionalSetting(env: Environment, name: SettingName, fallback: string): string {
  return env[name] || fallback;
}

/** @throws SETTING_INVALID when it is no number of seconds of at least 0 */
export function secondsSetting(env: Environment, name: SettingName, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new EarshotError('SETTING_INVALID', {
    field: name,
    expected: 'seconds of at least 0',
    received: text,
  });
}

/** @throws SETTING_INVALID when neither an HMAC nor an IAM key is complete */
export function cosSettings(env: Environment): CosSettings {
  const place = {
    endpoint: requiredSetting(env, 'COS_ENDPOINT'),
    bucket: requiredSetting(env, 'COS_BUCKET'),
    region: optionalSetting(env, 'COS_REGION', 'us-south'),
  };
  if (env['COS_ACCESS_KEY_ID'] || !env['COS_API_KEY']) {
    return {
      ...place,
      credentials: {
        kind: 'hmac',
        accessKeyId: requiredSetting(env, 'COS_ACCESS_KEY_ID'),
        secretAccessKey: requiredSetting(env, 'COS_SECRET_ACCESS_KEY'),
      },
    };
  }
  return {
    ...place,
    credentials: {
      kind: 'iam',
      apiKey: requiredSetting(env, 'COS_API_KEY'),
      serviceInstanceId: requiredSetting(env, 'COS_INSTANCE_ID'),
      tokenEndpoint: iamTokenEndpoint(env),
    },
  };
}

export function iamTokenEndpoint(env: Environment): string {
  return `${optionalSetting(env, 'IAM_ENDPOINT', 'https://iam.cloud.ibm.com')}/identity/token`;
}
