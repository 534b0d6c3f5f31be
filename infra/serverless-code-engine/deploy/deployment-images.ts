import { functionFiles } from '../../bundles/function-files.ts';
import { eventsAppFiles, startFile } from '../../events-app/events-app-files.ts';
import type { Service } from '../../service/service.ts';
import { functionNames, type Images } from '../desired/desired-state.ts';
import { appImage } from '../images/app-image.ts';
import { codeBundleImage } from '../images/code-bundle-image.ts';
import type { BuiltImage } from '../images/image.ts';
import { parseImageReference } from '../images/image-reference.ts';
import { acceptedManifests, pullManifest } from '../images/pull-manifest.ts';
import { pushImage } from '../images/push-image.ts';
import { openRegistry, type Registry } from '../images/registry.ts';
import { gitIn, type JobImage, jobImage } from './image-plan.ts';

/** The images of a deployment: what they are called is known before anything is pushed. */
export interface DeploymentImages {
  readonly images: Images;
  /** Makes sure that the registry has the image of this reference. True when something was sent. */
  provide(reference: string): Promise<boolean>;
}

export interface ImageSources {
  readonly service: Service;
  /** Folder of the project. */
  readonly root: string;
  /** `<host>/<namespace>` */
  readonly registry: string;
  readonly apiKey: string;
  /** Builds the image of a job, unless the registry has it. */
  readonly build: (job: string, image: JobImage) => Promise<void>;
}

const usualBase = 'docker.io/library/node:22-bookworm-slim';
const workingDir = '/app';
const port = 8080;

/**
 * Bundles functions and app and makes images of them in memory. The tag is the beginning of the digest, which names the
 * image for good: the same sources are the same image, and nothing that runs is ever written over.
 * @throws SERVICE_INVALID, and as pullManifest
 */
export async function deploymentImages(sources: ImageSources): Promise<DeploymentImages> {
  const { service, root, registry, apiKey } = sources;
  const slash = registry.indexOf('/');
  const [host, namespace] = [registry.slice(0, slash), registry.slice(slash + 1)];
  const ours = openRegistry({
    host,
    scheme: schemeOf(host),
    credentials: { username: 'iamapikey', password: apiKey },
  });
  const built = new Map<string, () => Promise<boolean>>();
  const add = (name: string, image: BuiltImage) => {
    const repository = `${namespace}/${service.service}-${name}`;
    const tag = image.digest.slice('sha256:'.length, 'sha256:'.length + 16);
    const reference = `${host}/${repository}:${tag}@${image.digest}`;
    built.set(reference, async () => (await pushImage(ours, repository, tag, image)).pushed);
    return reference;
  };
  const { http, events } = functionNames(service);
  const { runtime } = service.provider;
  const functions: Record<string, string> = {};
  for (const name of http) {
    const { handler } = service.functions[name]!;
    functions[name] = add(name, codeBundleImage(await functionFiles({ root, handler, runtime })));
  }
  const eventsApp = events.length === 0 ? '' : add('events', await eventsImage(sources, host, ours));
  const jobs: Record<string, string> = {};
  for (const name of Object.keys(service.jobs)) {
    const image = await jobImage(service, name, registry, gitIn(root));
    jobs[name] = image.reference;
    if (image.build === null) continue;
    built.set(image.reference, async () => {
      if (await isThere(ours, image.reference)) return false;
      await sources.build(name, image);
      return true;
    });
  }
  return {
    images: { functions, eventsApp, jobs },
    provide: async (reference) => (await built.get(reference)?.()) ?? false,
  };
}

async function eventsImage(
  { service, root }: ImageSources,
  host: string,
  ours: Registry,
): Promise<BuiltImage> {
  const place = parseImageReference(service.provider.baseImage ?? usualBase, 'provider.baseImage');
  const from = place.host === host ? ours : openRegistry({ host: place.host, scheme: schemeOf(place.host) });
  const base = await pullManifest(from, place.repository, place.digest ?? place.tag ?? 'latest');
  const files = await eventsAppFiles(service, root);
  return appImage({
    base,
    files: files.map((file) => ({ ...file, path: `${workingDir.slice(1)}/${file.path}` })),
    entrypoint: ['node', startFile],
    env: { NODE_ENV: 'production' },
    workingDir,
    user: '1000:1000',
    port,
  });
}

async function isThere(registry: Registry, reference: string): Promise<boolean> {
  const { repository, tag = 'latest' } = parseImageReference(reference, 'image');
  const { status } = await registry.ask({
    method: 'HEAD',
    repository,
    at: `manifests/${tag}`,
    access: 'pull',
    headers: { accept: acceptedManifests },
    expected: [200, 404],
  });
  return status === 200;
}

/** A registry of this machine has no certificate. */
export const schemeOf = (host: string) =>
  /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host) ? ('http' as const) : ('https' as const);
