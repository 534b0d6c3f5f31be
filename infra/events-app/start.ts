import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, requiredSetting } from '../../shared/config/settings.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CodeEngineMain } from '../../shared/http/code-engine-function.ts';
import { log } from '../../shared/log/log.ts';
import { type AppDescription, descriptionFile, parseDescription } from './app-description.ts';
import { EventsApp } from './events-app.ts';
import { Places } from './places.ts';
import type { EventRoute } from './take-event.ts';

const usualPort = '8080';
const shortestSecret = 16;

/** The process of the events app: serves until SIGTERM. Its functions stand beside its bundle. */
export async function main(): Promise<void> {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  try {
    const { env } = process;
    const description = parseDescription(readFileSync(path.join(folder, descriptionFile), 'utf8'));
    const app = new EventsApp(routesOf(description, folder), {
      bucket: requiredSetting(env, 'COS_BUCKET'),
      secret: secretOf(env),
    });
    await listen(app, portOf(env));
    const functions = Object.values(description.functions);
    const deadlineMs = 1000 * Math.max(0, ...functions.map(({ timeoutSeconds }) => timeoutSeconds));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => void endOf(app, deadlineMs, signal));
    }
  } catch (error) {
    const known = error instanceof EarshotError ? { code: error.code } : {};
    log('error', 'start-failed', { ...known, message: error instanceof Error ? error.message : `${error}` });
    process.exitCode = 1;
  }
}

async function listen({ server }: EventsApp, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  log('info', 'listening', { port: (server.address() as AddressInfo).port });
}

async function endOf(app: EventsApp, deadlineMs: number, signal: string): Promise<void> {
  log('info', 'stopping', { signal });
  const unfinished = await app.stop(deadlineMs);
  log(unfinished === 0 ? 'info' : 'error', 'stopped', { unfinished });
  process.exit(unfinished === 0 ? 0 : 1);
}

function routesOf({ functions }: AppDescription, folder: string): EventRoute[] {
  const require = createRequire(import.meta.url);
  return Object.entries(functions).map(([name, description]) => ({
    name,
    description,
    // Not before it is woken: an instance that starts for one function loads one bundle.
    main: () => (require(path.join(folder, description.bundle)) as { main: CodeEngineMain }).main,
    places: new Places(name, description.concurrency, description.timeoutSeconds * 1000),
  }));
}

/** @throws SETTING_INVALID, which does not tell the secret */
function secretOf(env: Environment): string {
  const secret = requiredSetting(env, 'EARSHOT_EVENTS_SECRET');
  if (secret.length >= shortestSecret) return secret;
  throw new EarshotError('SETTING_INVALID', {
    field: 'EARSHOT_EVENTS_SECRET',
    expected: `at least ${shortestSecret} characters`,
    received: `${secret.length}`,
  });
}

/** @throws SETTING_INVALID */
function portOf(env: Environment): number {
  const text = env['PORT'] || usualPort;
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new EarshotError('SETTING_INVALID', { field: 'PORT', expected: 'a port', received: text });
}
