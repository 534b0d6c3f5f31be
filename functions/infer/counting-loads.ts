import type { Meter } from '../../shared/telemetry/meter.ts';
import type { LoadObserver } from './served-model.ts';

/** Counts how versions come to be served. */
export function countingLoads(meter: Meter): LoadObserver {
  return {
    onLoaded({ isFirst, milliseconds }) {
      const stage = isFirst ? 'start' : 'swap';
      meter.add('earshot_model_load_duration_seconds', { stage }, milliseconds / 1000);
    },
    onRefreshFailed() {
      meter.add('earshot_model_refresh_failures_total');
    },
  };
}
