import { execFileSync } from 'node:child_process';
import { startPlatform } from '../infra/local/platform.ts';
import { serviceOf } from '../infra/service/service.ts';
import { publishModel, readModel } from './infer-models.ts';

/** What serverless.yml declares, resolved by the framework. */
export function ownService() {
  const printed = execFileSync('node_modules/.bin/serverless', ['print', '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return serviceOf(JSON.parse(printed.toString()));
}

/**
 * `infer-ours.ts FOLDER STATE`: the platform of `serverless local` in a process of its own, with the model of the folder
 * in its bucket. Prints the URL of infer; ends with its input.
 */
export async function main([folder = '', stateFolder = '']: readonly string[]): Promise<number> {
  const platform = await startPlatform({
    service: ownService(),
    root: process.cwd(),
    stateFolder,
    port: 0,
    environment: { EARSHOT_MODEL: 'bench' },
    onDeadLetter: () => {},
    onJobExit: () => {},
  });
  try {
    await publishModel(platform.store, 'bench', readModel(folder));
    await platform.idle();
    console.log(platform.url);
    await new Promise((resolve) => process.stdin.resume().on('end', resolve));
  } finally {
    await platform.close();
  }
  return 0;
}
