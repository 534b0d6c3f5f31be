import { earshotRoutes } from './earshot.ts';
import { maxAudioClassifierRoutes } from './max-audio-classifier.ts';
import { metricsRoute } from './metrics.ts';
import { openInferenceRoutes } from './open-inference.ts';
import { documented } from './openapi.ts';
import { searchRoutes } from './search.ts';
import { tfServingRoutes } from './tf-serving.ts';

/** Everything that infer answers. */
export const inferRoutes = documented([
  ...earshotRoutes,
  ...searchRoutes,
  ...tfServingRoutes,
  ...openInferenceRoutes,
  ...maxAudioClassifierRoutes,
  metricsRoute,
]);
