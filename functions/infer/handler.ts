import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpSecurityHeaders from '@middy/http-security-headers';
import {
  cosSettings,
  optionalSetting,
  requiredSetting,
  secondsSetting,
} from '../../shared/config/settings.ts';
import { openInferenceEngine } from '../../shared/engine/inference-engine.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { codeEngineMain } from '../../shared/http/code-engine-function.ts';
import { type HttpEvent, type HttpResult, jsonResult } from '../../shared/http/http-event.ts';
import { problemMiddleware } from '../../shared/http/problem-middleware.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { apiKeyMiddleware } from './api-keys.ts';
import { corsMiddleware } from './cors.ts';
import { maxBodyBytes, readPredictRequest } from './predict-request.ts';
import { topPredictions } from './predictions.ts';
import { ModelHolder } from './served-model.ts';

/** How long a request waits for a model that loads; a cold start is below a second. */
const patienceMs = 10_000;
const refreshSeconds = 5;
const retryAfterSeconds = 2;

let holder: ModelHolder | undefined;

function models(): ModelHolder {
  holder ??= new ModelHolder({
    name: requiredSetting(process.env, 'EARSHOT_MODEL'),
    store: openCosObjectStore(cosSettings(process.env)),
    engine: onceLoaded(),
    refreshMs: 1000 * secondsSetting(process.env, 'EARSHOT_REFRESH_SECONDS', refreshSeconds),
  });
  return holder;
}

/** The deployed bundle has the WebAssembly binary beside it; the sources take it from the installed package. */
function onceLoaded() {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const bundled = existsSync(path.join(here, 'tfjs-backend-wasm-simd.wasm'));
  let engine: ReturnType<typeof openInferenceEngine> | undefined;
  return () => {
    engine ??= openInferenceEngine(bundled ? { wasmFolder: here } : {});
    return engine;
  };
}

type Route = (event: HttpEvent) => Promise<HttpResult>;
const routes = new Map<string, ReadonlyMap<string, Route>>([
  ['/predict', new Map([['POST', predict]])],
  ['/healthz', new Map([['GET', health]])],
]);

async function predict(event: HttpEvent): Promise<HttpResult> {
  const started = performance.now();
  return models().use(patienceMs, async ({ name, version, saved }) => {
    const loaded = performance.now();
    const { clips, topK } = await readPredictRequest(event, saved);
    const parsed = performance.now();
    const probabilities = saved.predict(clips.map(({ frames }) => frames));
    const done = performance.now();
    const answer = {
      model: name,
      version,
      clips: clips.map(({ id }, i) => ({
        id,
        predictions: topPredictions(probabilities[i]!, saved.labels, topK),
      })),
    };
    const result = jsonResult(200, answer, {
      'x-model-version': version,
      'server-timing': [
        `load;dur=${(loaded - started).toFixed(1)}`,
        `parse;dur=${(parsed - loaded).toFixed(1)}`,
        `infer;dur=${(done - parsed).toFixed(1)}`,
      ].join(', '),
    });
    expectSmallAnswer(Buffer.byteLength(result.body), topK);
    return result;
  });
}

function expectSmallAnswer(bytes: number, topK: number): void {
  if (bytes <= maxBodyBytes) return;
  throw new EarshotError('REQUEST_INVALID', {
    path: 'top_k',
    expected: `an answer of at most ${maxBodyBytes} bytes: a lower top_k, or fewer clips`,
    received: `${bytes} bytes for a top_k of ${topK}`,
  });
}

async function health(): Promise<HttpResult> {
  return models().use(patienceMs, async ({ name, version, saved }) => {
    const { width, maxFrames } = saved.spec;
    return jsonResult(200, {
      status: 'ready',
      model: name,
      version,
      labels: saved.labels.length,
      input: { width, max_frames: maxFrames, dtype: saved.preprocessing.dtype },
    });
  });
}

const handler = middy()
  .use(httpHeaderNormalizer())
  .use(httpSecurityHeaders())
  .use(corsMiddleware(() => optionalSetting(process.env, 'EARSHOT_CORS_ORIGINS', '')))
  .use(problemMiddleware(() => retryAfterSeconds))
  .use(apiKeyMiddleware(() => optionalSetting(process.env, 'EARSHOT_API_KEYS', '')))
  .handler(async (event: HttpEvent) => {
    const methods = routes.get(event.path);
    if (methods === undefined) {
      throw new EarshotError('ROUTE_NOT_FOUND', {
        path: event.path,
        expected: [...routes.keys()].join(' or '),
        received: event.path,
      });
    }
    const route = methods.get(event.httpMethod);
    if (route === undefined) {
      throw new EarshotError('METHOD_NOT_ALLOWED', {
        path: event.path,
        expected: [...methods.keys()].join(' or '),
        received: event.httpMethod,
      });
    }
    return route(event);
  });

export const main = codeEngineMain(handler as never);
