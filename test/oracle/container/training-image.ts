import { startPlainRegistry } from '../deployed/plain-registry.ts';
import { buildah, type Ended, runIn } from './builder.ts';
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
  const args = ['--isolation', 'chroot', '--layers', '--pull-never', '--file', 'infra/container/Dockerfile'];
  const from = ['--build-arg', `BASE_REGISTRY=${base.registry}`, '--build-arg', `BASE_IMAGE=${base.name}`];
  // With a name of its own the first stage stays for the next build when the layers of earlier ones go.
  await buildah('bud', ...args, ...from, '--target', 'build', '--tag', `${name}-build`, '.');
  await buildah('bud', ...args, ...from, '--tag', name, '.');
  await buildah('rmi', '--prune');
  return imageNamed(name);
}

/** The same after it was pushed to Docker's registry and pulled from there. */
export async function pulledTrainingImage(): Promise<TrainingImage> {
  await trainingImage();
  const registry = await startPlainRegistry();
  try {
    const reference = `${registry.host}/team/train:1`;
    await buildah('push', '--quiet', '--tls-verify=false', name, `docker://${reference}`);
    await buildah('pull', '--quiet', '--tls-verify=false', reference);
    return await imageNamed(reference);
  } finally {
    await registry.stop();
  }
}

async function imageNamed(reference: string): Promise<TrainingImage> {
  const { OCIv1 } = JSON.parse(await buildah('inspect', '--type', 'image', reference));
  const config = OCIv1.config as TrainingImage['config'];
  return { config, run: (env, command = config.Cmd ?? []) => runIn(reference, command, env) };
}
