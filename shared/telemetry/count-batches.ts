import type { BatchObserver } from '../inference/batch-queue.ts';
import type { Meter } from './meter.ts';

/** Counts what the batch queue does. What it refuses is counted with the requests, by its code. */
export function countingBatches(meter: Meter): BatchObserver {
  return {
    onBatch({ model, version, requests, clips }) {
      const served = { model, version };
      meter.add('earshot_batches_total', served);
      meter.add('earshot_batch_clips', served, clips);
      meter.add('earshot_batch_requests', served, requests);
    },
    onShed() {},
  };
}
