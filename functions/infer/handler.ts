import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cosSettings, requiredSetting, secondsSetting } from '../../shared/config/settings.ts';
import { openInferenceEngine } from '../../shared/engine/inference-engine.ts';
import { codeEngineMain } from '../../shared/http/code-engine-function.ts';
import { BatchQueue } from '../../shared/inference/batch-queue.ts';
import { inferRoutes } from '../../shared/protocols/routes.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { countingBatches } from '../../shared/telemetry/count-batches.ts';
import { countingComparisons } from '../../shared/telemetry/count-comparisons.ts';
import { Meter } from '../../shared/telemetry/meter.ts';
import { ComparisonRecord } from './comparison-record.ts';
import { countingLoads } from './counting-loads.ts';
import { inferHandler } from './infer-handler.ts';
import { ServedModels } from './served-models.ts';
import { ServedVggish } from './served-vggish.ts';

/** How long a request waits for a model that loads; a cold start is below a second. */
const patienceMs = 10_000;
const refreshSeconds = 5;

let served: ServedModels | undefined;
let vggish: ServedVggish | undefined;

function models(): ServedModels {
  if (served !== undefined) return served;
  const store = openCosObjectStore(cosSettings(process.env));
  served = new ServedModels(
    {
      name: requiredSetting(process.env, 'EARSHOT_MODEL'),
      store,
      engine: onceLoaded(),
      refreshMs: 1000 * secondsSetting(process.env, 'EARSHOT_REFRESH_SECONDS', refreshSeconds),
      observer: countingLoads(meter),
    },
    patienceMs,
    [new ComparisonRecord(store), countingComparisons(meter)],
  );
  return served;
}

function sound() {
  vggish ??= new ServedVggish({ store: openCosObjectStore(cosSettings(process.env)), patienceMs });
  return vggish.open();
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

/** Code Engine freezes a function between requests, and sends each request to any instance. */
const isFunction = Boolean(process.env['CE_FUNCTION']);
const openMetrics = async () => {
  const { PrometheusMetrics } = await import('../../shared/telemetry/prometheus-metrics.ts');
  return new PrometheusMetrics();
};
const meter = new Meter(isFunction ? null : openMetrics);
const queue = new BatchQueue({ observer: countingBatches(meter) });

export const main = codeEngineMain(
  inferHandler({
    routes: inferRoutes,
    // A path that is not there is told without the settings that a model needs.
    serving: {
      queue,
      sound,
      use: (choice, work) => models().use(choice, work),
      answered: (scored) => models().answered(scored),
    },
    meter,
    env: process.env,
  }),
);
