import { execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../e2e/run-serverless.ts';
import { versionOf } from '../programs.ts';

const execute = promisify(execFile);

/** What building a container from nothing takes; null when all is there, else what is missing. */
export const missingBuilders: string | null =
  process.getuid?.() !== 0
    ? 'root'
    : ['buildah', 'mmdebstrap'].filter((name) => versionOf(name, '--version') === null).join(', ') || null;

/** Bases and layers stay here, so that a second build takes seconds. */
const cacheFolder = join(projectRoot, '.venv/container');

const storage = ['--root', join(cacheFolder, 'storage'), '--runroot', join(cacheFolder, 'run')];

/** Runs buildah on a storage of its own; what it printed, without the end of the line. */
export async function buildah(command: string, ...args: readonly string[]): Promise<string> {
  mkdirSync(cacheFolder, { recursive: true });
  const { stdout } = await execute('buildah', [...storage, command, ...args], {
    cwd: projectRoot,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
}

export async function hasImage(name: string): Promise<boolean> {
  return buildah('inspect', '--type', 'image', '--format', '{{.FromImageID}}', name).then(
    () => true,
    () => false,
  );
}

export interface Ended {
  readonly code: number | null;
  /** Of both streams. */
  readonly output: string;
}

/** Runs a program in a container of an image, on this machine's network. */
export async function runIn(
  image: string,
  program: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const container = await buildah('from', '--pull-never', image);
  try {
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const args = [...storage, 'run', '--isolation', 'chroot', ...variables, container, '--', ...program];
    const child = spawn('buildah', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output };
  } finally {
    await buildah('rm', container);
  }
}
