import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import { cosSettings, type Environment } from '../config/settings.ts';
import { prefixes, probeKey } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { type CodeEngineMain, codeEngineMain } from '../http/code-engine-function.ts';
import { bodyBytes, type HttpContext, type HttpEvent, jsonResult } from '../http/http-event.ts';
import { problemMiddleware } from '../http/problem-middleware.ts';
import { log } from '../log/log.ts';
import { assertConditionalWrites } from '../storage/conditional-writes-probe.ts';
import { openCosObjectStore } from '../storage/cos-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { sharingReads } from '../storage/shared-reads.ts';
import { type Hint, parseCloudEvent } from './cloud-event.ts';

export interface EventTools {
  readonly store: ObjectStore;
  readonly env: Environment;
}

/**
 * A function that CloudEvents wake. Its answer is 200 with the outcome, 4xx when trying again cannot help, 5xx when
 * it can. The store is opened once an instance.
 */
export function eventFunction(
  name: string,
  handle: (hint: Hint, tools: EventTools) => Promise<object>,
): CodeEngineMain {
  let opened: Promise<EventTools> | undefined;
  const handler = middy()
    .use(httpHeaderNormalizer())
    .use(problemMiddleware())
    .handler(async (event: HttpEvent, { requestId }: HttpContext) => {
      const started = performance.now();
      const hint = parseCloudEvent(event.headers, Buffer.from(bodyBytes(event)).toString('utf8'));
      opened ??= openTools(process.env).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const outcome = await handle(hint, await opened);
      const ms = Math.round(performance.now() - started);
      log('info', name, { id: hint.id, key: keyOf(hint), ms, requestId, ...outcome });
      return jsonResult(200, outcome);
    });
  return codeEngineMain(handler as never);
}

/** @throws SETTING_INVALID, STORE_NOT_CONDITIONAL, and those of the store */
async function openTools(env: Environment): Promise<EventTools> {
  const store = openCosObjectStore(cosSettings(env));
  await assertConditionalWrites(store, probeKey);
  // Every upload of a dataset asks for the dataset's configuration.
  return { store: sharingReads(store, prefixes.datasets), env };
}

/** @throws REQUEST_INVALID when the event is not about an object */
export function objectHint(hint: Hint): Extract<Hint, { kind: 'object' }> {
  if (hint.kind === 'object') return hint;
  throw new EarshotError('REQUEST_INVALID', {
    path: 'ce-type',
    expected: 'an event of the object store',
    received: 'an event of the clock',
  });
}

const keyOf = (hint: Hint) => (hint.kind === 'object' ? hint.key : null);
