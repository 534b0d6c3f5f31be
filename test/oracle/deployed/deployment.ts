import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EnvVariable } from '../../../infra/serverless-code-engine/api/schemas/common.ts';
import { deploymentImages } from '../../../infra/serverless-code-engine/deploy/deployment-images.ts';
import {
  type DesiredState,
  desiredState,
} from '../../../infra/serverless-code-engine/desired/desired-state.ts';
import { codeBundleImage } from '../../../infra/serverless-code-engine/images/code-bundle-image.ts';
import { pushImage } from '../../../infra/serverless-code-engine/images/push-image.ts';
import { openRegistry } from '../../../infra/serverless-code-engine/images/registry.ts';
import { type Service, serviceOf } from '../../../infra/service/service.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { versionOf } from '../programs.ts';
import { startPlainRegistry } from './plain-registry.ts';
import { type PulledImage, pullImage } from './pulled-image.ts';

/** Null when all is there, else what is missing. */
export const missingRegistryPrograms: string | null =
  ['docker-registry', 'skopeo'].filter((name) => versionOf(name, '--help') === null).join(', ') || null;

/** What `serverless deploy` makes of serverless.yml, pulled back from the registry. */
export interface Deployment {
  readonly service: Service;
  readonly state: DesiredState;
  readonly eventsApp: PulledImage;
  /** The function that answers over HTTP. */
  readonly infer: PulledImage;
  remove(): Promise<void>;
}

/** The project's own serverless.yml; `model` is what infer serves. */
export async function deployToRegistry(bucket: string, model: string): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-deployed-'));
  const registry = await startPlainRegistry();
  const remove = async () => {
    await registry.stop();
    await rm(folder, { recursive: true });
  };
  try {
    const service = await declaredService(registry.host, bucket, model);
    const open = openRegistry({ host: registry.host, scheme: 'http' });
    // Stands for Debian with Node: what runs here is this machine's.
    const base = codeBundleImage([{ path: 'etc/os-release', bytes: Buffer.from('ID=base\n') }]);
    await pushImage(open, 'library/node', '22', base);
    const place = `${registry.host}/team`;
    const { images, provide } = await deploymentImages({
      service,
      root: projectRoot,
      registry: place,
      apiKey: 'unused',
      build: () => Promise.reject(new Error('the image of the job is given')),
    });
    for (const reference of [images.eventsApp, images.functions['infer']!]) await provide(reference);
    return {
      service,
      state: desiredState(service, { service: 'earshot', stage: 'test' }, place, images),
      eventsApp: await pullImage(images.eventsApp, join(folder, 'events-app')),
      infer: await pullImage(images.functions['infer']!, join(folder, 'infer')),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function declaredService(registry: string, bucket: string, model: string): Promise<Service> {
  const serverless = join(projectRoot, 'node_modules/.bin/serverless');
  const params = ['--param', `bucket=${bucket}`, '--param', `model=${model}`];
  const { stdout } = await promisify(execFile)(serverless, ['print', '--format', 'json', ...params], {
    cwd: projectRoot,
  });
  const printed = JSON.parse(stdout);
  printed.provider.baseImage = `${registry}/library/node:22`;
  printed.jobs.train.image = `${registry}/team/train:1`;
  return serviceOf(printed);
}

/** The environment of an app, function or job, its secrets looked up: name of a secret → its keys. */
export function environmentFor(
  variables: readonly EnvVariable[],
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Record<string, string> {
  return Object.fromEntries(
    variables.map((variable) => {
      if (variable.type === 'literal') return [variable.name, variable.value];
      if (variable.type !== 'secret_key_reference') throw new Error(`unexpected: ${variable.type}`);
      const value = secrets[variable.reference]?.[variable.key];
      if (value === undefined) throw new Error(`no secret ${variable.reference}.${variable.key}`);
      return [variable.name, value];
    }),
  );
}
