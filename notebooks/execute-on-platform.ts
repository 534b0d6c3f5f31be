import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseLocalOptions } from '../infra/local/local-options.ts';
import { doMainJob, type MainJobResult } from '../infra/local/main-job.ts';
import { type Platform, startPlatform } from '../infra/local/platform.ts';
import type { Reporter } from '../infra/local/reporter.ts';
import { RunEnds } from '../infra/local/run-ends.ts';
import { serviceOf } from '../infra/service/service.ts';

const run = promisify(execFile);

/** The local platform on a state folder, on ports of its own; it serves the model of the synthetic set. */
export async function platformOn(
  root: string,
  stateFolder: string,
  environment: Readonly<Record<string, string>> = {},
  ends = new RunEnds(),
): Promise<Platform> {
  const command = path.join(root, 'node_modules/.bin/serverless');
  const { stdout } = await run(command, ['print', '--format', 'json'], { cwd: root });
  return startPlatform({
    service: serviceOf(JSON.parse(stdout)),
    root,
    stateFolder,
    port: 0,
    environment: { EARSHOT_MODEL: 'synthetic', ...environment },
    onDeadLetter: (letter) => ends.noteLetter(letter),
    onJobExit: (jobRun, failure) => ends.noteExit(jobRun, failure),
  });
}

export interface SyntheticPlatform {
  readonly platform: Platform;
  readonly result: MainJobResult;
}

/** The same, once it has trained on the synthetic set and serves the model. */
export async function platformWithModel(
  root: string,
  stateFolder: string,
  reporter: Reporter,
): Promise<SyntheticPlatform> {
  const options = parseLocalOptions({ once: true, 'persist-to': stateFolder, port: '0' }, root);
  const ends = new RunEnds();
  const platform = await platformOn(root, stateFolder, {}, ends);
  try {
    const { signal } = new AbortController();
    const endOf = (name: string) => ends.of(name);
    return { platform, result: await doMainJob({ platform, options, reporter, endOf, signal }) };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/**
 * Runs the notebook against the platform and writes it with its outputs.
 * @param apiKey where the platform asks for one
 * @throws with the traceback of the cell that failed
 */
export async function executeNotebook(
  { url, bucketUrl, bucket, credentials }: Platform,
  python: string,
  root: string,
  target: string,
  apiKey?: string,
): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    EARSHOT_URL: url,
    COS_ENDPOINT: bucketUrl,
    COS_BUCKET: bucket,
    COS_ACCESS_KEY_ID: credentials.accessKeyId,
    COS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(apiKey === undefined ? {} : { EARSHOT_API_KEY: apiKey }),
  };
  await run(python, [path.join(root, 'notebooks/execute.py'), target], { env, maxBuffer: 64 * 1024 * 1024 });
}
