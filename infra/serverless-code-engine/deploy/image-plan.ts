import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Service } from '../../service/service.ts';
import type { CodeEngineProject } from '../api/client.ts';
import { type Owner, parts, resourceName } from '../desired/resource-names.ts';

const run = promisify(execFile);

/** The container image of a job: given, or built by Code Engine from the git remote of this clone. */
export interface JobImage {
  readonly reference: string;
  /** Null for an image that is given. */
  readonly build: JobBuild | null;
}

interface JobBuild {
  readonly url: string;
  /** Commit that last changed something of what the image is made of. */
  readonly revision: string;
  readonly dockerfile: string;
}

const usualDockerfile = 'infra/container/Dockerfile';
/** What the Dockerfile copies, so that only a change there asks for a new build. */
const sources = ['package.json', 'package-lock.json', 'tsconfig.json', 'shared', 'functions', 'infra'];

/**
 * @param git runs git in the project and returns what it printed
 * @throws SERVICE_INVALID without an image and without a git remote to build from
 */
export async function jobImage(
  service: Service,
  name: string,
  registry: string,
  git: (args: readonly string[]) => Promise<string>,
): Promise<JobImage> {
  const { image, dockerfile = usualDockerfile } = service.jobs[name]!;
  if (image !== undefined) return { reference: image, build: null };
  try {
    const url = httpsUrl((await git(['remote', 'get-url', 'origin'])).trim());
    const revision = (await git(['log', '-1', '--format=%H', '--', ...sources])).trim();
    if (!/^[0-9a-f]{40,64}$/.test(revision)) throw new Error('git knows no commit here');
    return {
      reference: `${registry}/${service.service}-${name}:git-${revision.slice(0, 16)}`,
      build: { url, revision, dockerfile },
    };
  } catch (error) {
    throw new EarshotError(
      'SERVICE_INVALID',
      {
        file: 'serverless.yml',
        path: `jobs.${name}.image`,
        expected: 'an image, or a clone with a git remote named origin that Code Engine can build from',
        received: `nothing, and: ${firstLine(error)}`,
      },
      { cause: error },
    );
  }
}

export const gitIn = (root: string) => async (args: readonly string[]) =>
  (await run('git', args as string[], { cwd: root })).stdout;

/** `git@host:owner/name.git` as `https://host/owner/name.git`; credentials in an URL are left out. */
export function httpsUrl(remote: string): string {
  const [, host, path] = /^(?:ssh:\/\/)?(?:[\w.-]+@)([\w.-]+)[:/](.+)$/.exec(remote) ?? [];
  if (host !== undefined) return `https://${host}/${path}`;
  const url = new URL(remote);
  url.username = '';
  url.password = '';
  return url.href;
}

/** Seconds; npm ci, TensorFlow's library and a compiler take their time. */
const buildTimeout = 1800;

/** Has Code Engine build and push the image, and waits. @throws CLOUD_RESOURCE_FAILED, TIMED_OUT */
export async function buildJobImage(
  project: CodeEngineProject,
  owner: Owner,
  name: string,
  { reference, build }: JobImage,
  onStatus: (line: string) => void,
): Promise<void> {
  if (build === null) return;
  const run = `${resourceName(owner, name).slice(0, 40)}-${build.revision.slice(0, 16)}`;
  const before = await project.get('build_run', run);
  if (before?.status === 'failed') {
    await project.remove('build_run', run);
    await project.waitUntilGone('build_run', run);
  }
  if (before === null || before.status === 'failed') {
    await project.create('build_run', {
      name: run,
      strategy_type: 'dockerfile',
      strategy_size: 'xlarge',
      strategy_spec_file: build.dockerfile,
      source_type: 'git',
      source_url: build.url,
      source_revision: build.revision,
      output_image: reference,
      output_secret: resourceName(owner, parts.registrySecret),
      timeout: buildTimeout,
    });
  }
  await project.waitUntilReady('build_run', run, {
    withinMs: (buildTimeout + 60) * 1000,
    onStatus: (status, reason) => onStatus(`build ${run}: ${status}${reason ? ` (${reason})` : ''}`),
  });
  await project.remove('build_run', run);
}

const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1)!.slice(0, 200);
