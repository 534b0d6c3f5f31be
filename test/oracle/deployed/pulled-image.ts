import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const execute = promisify(execFile);

interface ContainerConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

/** An image as a registry gave it, its layers one over another. */
export interface PulledImage {
  readonly rootfs: string;
  /** Of the manifest, counted here. */
  readonly digest: string;
  readonly config: ContainerConfig;
}

/** Pulls with skopeo from a registry of this machine, and unpacks with tar. */
export async function pullImage(reference: string, folder: string): Promise<PulledImage> {
  const layout = join(folder, 'image');
  const rootfs = join(folder, 'rootfs');
  await mkdir(rootfs, { recursive: true });
  // Skopeo takes a tag or a digest, not both.
  const source = `docker://${reference.replace(/:[\w.-]+@/, '@')}`;
  await execute('skopeo', ['--insecure-policy', 'copy', '--src-tls-verify=false', source, `dir:${layout}`]);
  const manifest = await readFile(join(layout, 'manifest.json'));
  const { config, layers } = JSON.parse(manifest.toString());
  const blob = ({ digest }: { digest: string }) => join(layout, digest.slice('sha256:'.length));
  for (const layer of layers) await execute('tar', ['-xzf', blob(layer), '-C', rootfs]);
  const configuration = JSON.parse((await readFile(blob(config))).toString());
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  return { rootfs, digest, config: configuration.config ?? {} };
}

export interface ImageProcess {
  readonly child: ChildProcess;
  /** What it wrote to stderr. */
  readonly lines: readonly string[];
  readonly ended: Promise<number | null>;
}

/** What a container of the image would run, as a process here. @param node the program that is `node` there */
export function startImage(
  node: string,
  { rootfs, config }: PulledImage,
  env: Readonly<Record<string, string>>,
): ImageProcess {
  const { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' } = config;
  const [program = '', ...args] = [...Entrypoint, ...Cmd];
  const own = Object.fromEntries(
    Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const child = spawn(program === 'node' ? node : program, args, {
    cwd: join(rootfs, WorkingDir),
    env: { ...own, ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, lines, ended };
}
