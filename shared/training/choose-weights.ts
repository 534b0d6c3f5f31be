import type { RankingMetrics } from '../metrics/ranking-metrics.ts';

/** Standard errors by which the last weights must lead. */
const clearLead = 2;

/**
 * The averaged weights are as a rule the better ones; the last ones are taken only where a rising curve
 * has left the average behind: where the classes' average precision on the validation clips is higher
 * by more than two standard errors of the paired differences. Without that margin, the luck of a few
 * clips a class would decide.
 */
export function chooseWeights(average: RankingMetrics, last: RankingMetrics): 'average' | 'last' {
  const leads = last.classes.flatMap(({ AP }, k) => (AP === null ? [] : [AP - average.classes[k]!.AP!]));
  const count = leads.length;
  if (count < 2) return 'average';
  const mean = leads.reduce((sum, lead) => sum + lead, 0) / count;
  const variance = leads.reduce((sum, lead) => sum + (lead - mean) ** 2, 0) / (count - 1);
  return mean > clearLead * Math.sqrt(variance / count) ? 'last' : 'average';
}
