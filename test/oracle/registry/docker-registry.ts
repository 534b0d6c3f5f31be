import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { versionOf } from '../programs.ts';
import { startTokenService, tokenNames } from './token-service.ts';

/** The programs of Debian that the oracle tests of images need; null when all are there, else what is missing. */
export const missingImagePrograms: string | null =
  ['docker-registry', 'skopeo', 'umoci', 'openssl']
    .filter((name) => versionOf(name, name === 'openssl' ? 'version' : '--help') === null)
    .join(', ') || null;

export const user = 'iamapikey';
export const password = 'registry-test-password';
/** bcrypt of the password above, the one scheme that the registry knows. */
const passwordHash = '$2b$04$C8vpJPu4s.coLQubPW..leAlN9yvY/9yemZ5V7erhxCpsz7hIVSSC';

export interface DockerRegistry {
  readonly host: string;
  /** Its certificate, which nobody else trusts; `folder` is what skopeo wants. */
  readonly certificate: { readonly file: string; readonly folder: string };
  /** Scopes that tokens were given for. */
  readonly scopes: readonly string[];
  stop(): Promise<void>;
}

/**
 * Docker's own registry with TLS and password, on a port and a folder of its own.
 * @param keys whether it wants the password itself, or tokens that a service gives for it, as IBM's registry does
 */
export async function startDockerRegistry(keys: 'password' | 'tokens' = 'password'): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-registry-'));
  const trusted = join(folder, 'trusted');
  await mkdir(trusted);
  const [key, certificate] = [join(folder, 'key.pem'), join(trusted, 'ca.crt')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const output = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...output], { stdio: 'ignore' });
  const host = `127.0.0.1:${await freePort()}`;
  const pem = { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
  const tokens = keys === 'tokens' ? await startTokenService(pem, `${user}:${password}`) : null;
  await writeFile(join(folder, 'htpasswd'), `${user}:${passwordHash}\n`);
  // JSON is YAML.
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host, tls: { certificate, key } },
    auth:
      tokens === null
        ? { htpasswd: { realm: 'tests', path: join(folder, 'htpasswd') } }
        : { token: { ...tokenNames, realm: tokens.realm, rootcertbundle: certificate } },
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await untilListening(host, () => child.exitCode);
  return {
    host,
    certificate: { file: certificate, folder: trusted },
    scopes: tokens?.given ?? [],
    async stop() {
      await tokens?.close();
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function untilListening(host: string, exitCode: () => number | null): Promise<void> {
  for (;;) {
    if (exitCode() !== null) throw new Error(`docker-registry ended with ${exitCode()}`);
    // Its certificate is not trusted here; that there is one is enough.
    const answer = await fetch(`https://${host}/v2/`).catch((error: Error) => error);
    if (!(answer instanceof Error) || !/ECONNREFUSED/.test(String((answer.cause as Error)?.message))) return;
    await pause(100);
  }
}
