import { requiredSetting, secondsSetting } from '../../shared/config/settings.ts';
import { openInferenceEngine } from '../../shared/engine/inference-engine.ts';
import { type CodeEngineMain, codeEngineMain } from '../../shared/http/code-engine-function.ts';
import { BatchQueue } from '../../shared/inference/batch-queue.ts';
import type { Route } from '../../shared/protocols/route.ts';
import { inferRoutes } from '../../shared/protocols/routes.ts';
import { countingBatches } from '../../shared/telemetry/count-batches.ts';
import { countingComparisons } from '../../shared/telemetry/count-comparisons.ts';
import { Meter } from '../../shared/telemetry/meter.ts';
import { bucket, evaluatedClips } from './bucket.ts';
import { ComparisonRecord } from './comparison-record.ts';
import { countingLoads } from './counting-loads.ts';
import { inferHandler } from './infer-handler.ts';
import { ServedModels } from './served-models.ts';
import { ServedVggish } from './served-vggish.ts';

/** How long a request waits for a model that loads; a cold start is below a second. */
const patienceMs = 10_000;
const refreshSeconds = 5;

function openModels(meter: Meter): ServedModels {
  const store = bucket();
  return new ServedModels(
    {
      name: requiredSetting(process.env, 'EARSHOT_MODEL'),
      store,
      engine: openInferenceEngine,
      refreshMs: 1000 * secondsSetting(process.env, 'EARSHOT_REFRESH_SECONDS', refreshSeconds),
      observer: countingLoads(meter),
    },
    patienceMs,
    [new ComparisonRecord(store), countingComparisons(meter)],
  );
}

const openMetrics = async () => {
  const { PrometheusMetrics } = await import('../../shared/telemetry/prometheus-metrics.ts');
  return new PrometheusMetrics();
};

/** `main(params)` of the function, by the settings of the environment. @param others routes beside those of the API */
export function inferMain(others: readonly Route[]): CodeEngineMain {
  // Code Engine freezes a function between requests, and sends each request to any instance.
  const isFunction = Boolean(process.env['CE_FUNCTION']);
  const meter = new Meter(isFunction ? null : openMetrics);
  let opened: ServedModels | undefined;
  let vggish: ServedVggish | undefined;
  // A path that is not there is told without the settings that a model needs.
  const models = () => {
    opened ??= openModels(meter);
    return opened;
  };
  const sound = async () => {
    vggish ??= new ServedVggish({ store: bucket(), patienceMs });
    return vggish.open();
  };
  return codeEngineMain(
    inferHandler({
      routes: [...others, ...inferRoutes],
      serving: {
        queue: new BatchQueue({ observer: countingBatches(meter) }),
        sound,
        use: async (choice, work) => models().use(choice, work),
        answered: (scored) => models().answered(scored),
      },
      evaluated: evaluatedClips,
      meter,
      env: process.env,
    }),
  );
}
