import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../free-port.ts';

export interface PlainRegistry {
  readonly host: string;
  stop(): Promise<void>;
}

/**
 * Docker's own registry without TLS: what it takes to serve this process.
 * @param htpasswd its users, `name:bcrypt` a line; without it takes everybody
 */
export async function startPlainRegistry(htpasswd?: string): Promise<PlainRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  // JSON is YAML.
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host },
    ...(htpasswd === undefined
      ? {}
      : { auth: { htpasswd: { realm: 'tests', path: join(folder, 'htpasswd') } } }),
  };
  await writeFile(join(folder, 'htpasswd'), htpasswd ?? '');
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  while (!(await fetch(`http://${host}/v2/`).catch(() => null))) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
    await pause(100);
  }
  return {
    host,
    async stop() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
