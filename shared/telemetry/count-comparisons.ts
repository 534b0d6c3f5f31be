import type { ComparedPair, ShadowObserver } from '../inference/comparison.ts';
import type { Meter } from './meter.ts';

/** Counts how a candidate scores what stable has answered; each clip counts with its own difference. */
export function countingComparisons(meter: Meter): ShadowObserver {
  const versionOf = ({ model, candidate }: ComparedPair) => ({ model, version: candidate });
  const count = (pair: ComparedPair, outcome: string) =>
    meter.add('earshot_shadow_requests_total', { ...versionOf(pair), outcome });
  return {
    onCompared(pair, clips) {
      const version = versionOf(pair);
      count(pair, 'compared');
      meter.add('earshot_shadow_clips_total', version, clips.length);
      const of = (about: string, disagreements: number) =>
        meter.add('earshot_shadow_disagreements_total', { ...version, about }, disagreements);
      of('top1', clips.filter(({ sameTop1 }) => !sameTop1).length);
      of('labels', clips.filter(({ labelsDiffer }) => labelsDiffer).length);
      const differences = clips.reduce((sum, { mean }) => sum + mean, 0);
      meter.add('earshot_shadow_difference_sum_total', version, differences);
    },
    onSkipped: (pair) => count(pair, 'skipped'),
    onFailed: (pair) => count(pair, 'failed'),
  };
}
