import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, optionalSetting } from '../../shared/config/settings.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CodeEngineMain } from '../../shared/http/code-engine-function.ts';
import { log } from '../../shared/log/log.ts';
import { createHttpGateway } from '../local/http-gateway.ts';

const usualPort = '8080';
/** Longer than proxies keep a connection that nobody uses: else they send on one that is about to be closed. */
const keepAliveMs = 120_000;
/** Code Engine ends an instance some time after SIGTERM; a function may work no longer than this. */
const graceMs = 120_000;

/**
 * The process of a function as an app: its bundle, which stands beside it as `main.js`, behind HTTP until SIGTERM. One
 * process serves on and is not frozen, so that its metrics can be scraped.
 */
export async function main(): Promise<void> {
  try {
    const folder = path.dirname(fileURLToPath(import.meta.url));
    const load = createRequire(import.meta.url);
    const { main: invoke } = load(path.join(folder, 'main.js')) as { main: CodeEngineMain };
    const server = createHttpGateway(invoke, (line) => log('error', 'not-answered', { line }));
    server.keepAliveTimeout = keepAliveMs;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(portOf(process.env), resolve);
    });
    log('info', 'listening', { port: (server.address() as AddressInfo).port });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        log('info', 'stopping', { signal });
        // Idle connections are closed at once, the others with their answer.
        server.close(() => process.exit(0));
        setTimeout(() => process.exit(1), graceMs).unref();
      });
    }
  } catch (error) {
    const known = error instanceof EarshotError ? { code: error.code } : {};
    log('error', 'start-failed', { ...known, message: error instanceof Error ? error.message : `${error}` });
    process.exitCode = 1;
  }
}

/** @throws SETTING_INVALID */
function portOf(env: Environment): number {
  const text = optionalSetting(env, 'PORT', usualPort);
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new EarshotError('SETTING_INVALID', { field: 'PORT', expected: 'a port', received: text });
}
