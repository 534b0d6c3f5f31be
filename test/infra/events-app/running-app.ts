import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';
import type { EventFunctionDescription } from '../../../infra/events-app/app-description.ts';
import { EventsApp } from '../../../infra/events-app/events-app.ts';
import { Places } from '../../../infra/events-app/places.ts';
import { cosEventParams } from '../../../infra/local/events/event-params.ts';
import type { ObjectNotice } from '../../../infra/local/object-store/start-object-store.ts';
import { secretHeader } from '../../../shared/events/subscription-secret.ts';
import type { CodeEngineMain, CodeEngineParams } from '../../../shared/http/code-engine-function.ts';

export const bucket = 'mybucket';
export const secret = 'the-secret-of-the-subscription';

export interface AppFunction extends Partial<EventFunctionDescription> {
  readonly main: CodeEngineMain;
  readonly timeoutMs?: number;
}

/** An app of functions given here, which by default hear of every write below in/. */
export async function runningApp(functions: Readonly<Record<string, AppFunction>>, of = bucket) {
  const routes = Object.entries(functions).map(([name, { main, timeoutMs = 60_000, ...changes }]) => {
    const cos = [{ prefix: 'in/', operation: 'write' as const }];
    const usual = { bundle: 'unused', timeoutSeconds: 60, concurrency: 2, cos, cron: false };
    const description = { ...usual, ...changes };
    const places = new Places(name, description.concurrency, timeoutMs);
    return { name, description, main: () => main, places };
  });
  const app = new EventsApp(routes, { bucket: of, secret });
  await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return { app, url };
}

/** What the documented event tells of. */
export const notice: ObjectNotice = {
  bucket,
  key: 'in/Notes.rtf',
  operation: 'write',
  etag: '2944035e54ee1bdc423848c8eaf05e86',
  size: 4642,
  contentType: 'text/rtf',
  requestId: '6abc7123-382d-4115-98e8-7568b2cc03f8',
  time: new Date('2021-08-17T20:22:02.917Z'),
};

/** The documented event as a request, with changes to what happened or to its headers. */
export function eventRequest(
  changes: Partial<ObjectNotice> = {},
  headers: Readonly<Record<string, string | undefined>> = {},
): RequestInit {
  return requestOf(cosEventParams({ ...notice, ...changes }, 'event-1'), headers);
}

/** Events as Code Engine posts them to an app. */
export function requestOf(
  params: CodeEngineParams,
  headers: Readonly<Record<string, string | undefined>> = {},
): RequestInit {
  const sent = { ...params.__ce_headers, [secretHeader]: secret, ...headers };
  return {
    method: 'POST',
    headers: Object.fromEntries(
      Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    body: Buffer.from(params.__ce_body ?? '', 'base64'),
  };
}

/** The lines that are logged from now on, and nothing of them on the console. */
export function loggedLines(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(String(text)));
    return true;
  });
  return lines;
}
