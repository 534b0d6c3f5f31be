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
import { codeEngineMain } from '../../shared/http/code-engine-function.ts';
import type { HttpEvent } from '../../shared/http/http-event.ts';
import { problemMiddleware } from '../../shared/http/problem-middleware.ts';
import { BatchQueue } from '../../shared/inference/batch-queue.ts';
import { answerBy } from '../../shared/protocols/route-table.ts';
import { inferRoutes } from '../../shared/protocols/routes.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { apiKeyMiddleware } from './api-keys.ts';
import { corsMiddleware } from './cors.ts';
import { ServedModels } from './served-models.ts';
import { ServedVggish } from './served-vggish.ts';

/** How long a request waits for a model that loads; a cold start is below a second. */
const patienceMs = 10_000;
const refreshSeconds = 5;
const retryAfterSeconds = 2;

const engine = onceLoaded();
let served: ServedModels | undefined;
let vggish: ServedVggish | undefined;

function models(): ServedModels {
  served ??= new ServedModels(
    {
      name: requiredSetting(process.env, 'EARSHOT_MODEL'),
      alias: 'stable',
      store: openCosObjectStore(cosSettings(process.env)),
      engine,
      refreshMs: 1000 * secondsSetting(process.env, 'EARSHOT_REFRESH_SECONDS', refreshSeconds),
    },
    patienceMs,
  );
  return served;
}

function sound() {
  vggish ??= new ServedVggish({ store: openCosObjectStore(cosSettings(process.env)), engine, patienceMs });
  return vggish.open();
}

/** The deployed bundle has the WebAssembly binary beside it; the sources take it from the installed package. */
function onceLoaded() {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const bundled = existsSync(path.join(here, 'tfjs-backend-wasm-simd.wasm'));
  let opening: ReturnType<typeof openInferenceEngine> | undefined;
  return () => {
    opening ??= openInferenceEngine(bundled ? { wasmFolder: here } : {});
    return opening;
  };
}

const answer = answerBy(inferRoutes);
const queue = new BatchQueue();

const handler = middy()
  .use(httpHeaderNormalizer())
  .use(httpSecurityHeaders())
  .use(corsMiddleware(() => optionalSetting(process.env, 'EARSHOT_CORS_ORIGINS', '')))
  .use(problemMiddleware(() => retryAfterSeconds))
  .use(apiKeyMiddleware(() => optionalSetting(process.env, 'EARSHOT_API_KEYS', '')))
  // A path that is not there is told without the settings that a model needs.
  .handler((event: HttpEvent) =>
    answer(event, { queue, sound, use: (choice, work) => models().use(choice, work) }),
  );

export const main = codeEngineMain(handler as never);
