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

export interface SyntheticPlatform {
  readonly platform: Platform;
  readonly result: MainJobResult;
  close(): Promise<void>;
}

/** The local platform on a state folder, once it has trained on the synthetic set and serves the model. */
export async function platformWithModel(
  root: string,
  stateFolder: string,
  reporter: Reporter,
): Promise<SyntheticPlatform> {
  const command = path.join(root, 'node_modules/.bin/serverless');
  const { stdout } = await run(command, ['print', '--format', 'json'], { cwd: root });
  const options = parseLocalOptions({ once: true, 'persist-to': stateFolder, port: '0' }, root);
  const ends = new RunEnds();
  const platform = await startPlatform({
    service: serviceOf(JSON.parse(stdout)),
    root,
    stateFolder,
    port: 0,
    environment: { EARSHOT_MODEL: 'synthetic' },
    onDeadLetter: (letter) => ends.noteLetter(letter),
    onJobExit: (jobRun, failure) => ends.noteExit(jobRun, failure),
  });
  try {
    const { signal } = new AbortController();
    const endOf = (name: string) => ends.of(name);
    const result = await doMainJob({ platform, options, reporter, endOf, signal });
    return { platform, result, close: () => platform.close() };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Runs the notebook against the platform and writes it with its outputs. @throws with the traceback of the cell that failed */
export async function executeNotebook(
  { url, bucketUrl, bucket, credentials }: Platform,
  python: string,
  root: string,
  target: string,
): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    EARSHOT_URL: url,
    COS_ENDPOINT: bucketUrl,
    COS_BUCKET: bucket,
    COS_ACCESS_KEY_ID: credentials.accessKeyId,
    COS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  await run(python, [path.join(root, 'notebooks/execute.py'), target], { env, maxBuffer: 64 * 1024 * 1024 });
}
