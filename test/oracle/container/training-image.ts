import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildah, cacheFolder, type Ended, runIn } from './builder.ts';
import { nodeBase } from './node-base.ts';

export type { Ended } from './builder.ts';

const name = 'localhost/earshot-test/train';

export interface TrainingImage {
  readonly config: {
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
  };
  /** Its own command, unless another is given. */
  run(env: Readonly<Record<string, string>>, command?: readonly string[]): Promise<Ended>;
}

/** The image of infra/container/Dockerfile, unchanged, on a local base. */
export async function trainingImage(): Promise<TrainingImage> {
  const base = await nodeBase();
  const wheel = await wheelOfThisMachine();
  await buildah(
    ...(['bud', '--isolation', 'chroot', '--layers', '--pull-never'] as const),
    ...(wheel === null ? [] : ['--volume', `${wheel}:/root/.cache/earshot/native-engine`]),
    ...['--build-arg', `BASE_REGISTRY=${base.registry}`, '--build-arg', `BASE_IMAGE=${base.name}`],
    ...['--file', 'infra/container/Dockerfile', '--tag', name, '.'],
  );
  const { OCIv1 } = JSON.parse(await buildah('inspect', '--type', 'image', name));
  const config = OCIv1.config as TrainingImage['config'];
  return { config, run: (env, command = config.Cmd ?? []) => runIn(name, command, env) };
}

/**
 * A copy of the libraries that `npm run setup:native` unpacked here, which spares a download of 200 MB; the build looks
 * at their checksums. Without the addon: that is compiled in the container. Null when there are none.
 */
async function wheelOfThisMachine(): Promise<string | null> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'earshot/native-engine');
  if (!existsSync(cache)) return null;
  const copy = join(cacheFolder, 'native-engine');
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  for (const release of await readdir(cache)) {
    const libraries = join(cache, release, 'tensorflow');
    if (!existsSync(libraries)) continue;
    await mkdir(join(copy, release));
    // Hard links where that goes.
    await promisify(execFile)('cp', ['-al', libraries, join(copy, release)]).catch(() =>
      cp(libraries, join(copy, release, 'tensorflow'), { recursive: true }),
    );
  }
  return copy;
}
