import { loadavg } from 'node:os';
import { type RankingMetrics, rankingMetrics } from '../shared/metrics/ranking-metrics.ts';
import type { BenchResult } from './bench.ts';
import { median, secondsOf } from './median.ts';
import { keepToOneCore } from './one-core.ts';
import { type Answer, startScikitLearn } from './scikit-learn-metrics.ts';
import { clips, type LabelledScores, labelledScores, labels } from './score-matrix.ts';

/** What other work on the machine takes from a round, it takes from both alike: they take turns. */
const rounds = 5;
const kinds = ['trained', 'random'] as const;
const sameWithin = 1e-9;

/**
 * Seconds for average precision and ROC AUC of 527 classes on 20,371 clips, one thread, against scikit-learn,
 * whose values must be the same.
 */
export async function benchMetrics(): Promise<BenchResult> {
  const oneCore = keepToOneCore();
  const data = labelledScores(1);
  const rival = startScikitLearn(data);
  const taken: Record<string, number[]> = {};
  const take = (name: string, seconds: number) => {
    taken[name] = [...(taken[name] ?? []), seconds];
  };
  const values: Partial<Record<(typeof kinds)[number], { mAP: number; AUC: number }>> = {};
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const kind of kinds) {
        const { seconds, mAP, AUC } = await ours(data, kind);
        values[kind] = { mAP, AUC };
        // The first round warms up.
        if (round > 0) take(kind, seconds);
        const answer = await rival?.metrics(kind);
        if (answer === undefined) continue;
        checkSame({ mAP, AUC }, answer);
        if (round > 0) take(`${kind}-sklearn`, answer.seconds);
      }
    }
  } finally {
    await rival?.close();
  }
  const seconds = Object.fromEntries(Object.entries(taken).map(([name, all]) => [name, median(all)]));
  return {
    bench: 'metrics',
    ratio: rival === null ? {} : { sklearn: ratio(seconds, 'trained'), random: ratio(seconds, 'random') },
    clips,
    labels,
    rounds,
    oneCore,
    load: loadavg()[0],
    values,
    seconds,
  };
}

function ratio(seconds: Readonly<Record<string, number>>, kind: string): number {
  return seconds[`${kind}-sklearn`]! / seconds[kind]!;
}

async function ours({ table, ...scores }: LabelledScores, kind: (typeof kinds)[number]) {
  let metrics: RankingMetrics | undefined;
  const seconds = await secondsOf(() => {
    metrics = rankingMetrics(table, labels, scores[kind]);
  });
  return { seconds, mAP: metrics!.mAP, AUC: metrics!.AUC };
}

function checkSame(ours: { mAP: number; AUC: number }, theirs: Answer): void {
  for (const name of ['mAP', 'AUC'] as const) {
    if (!(Math.abs(ours[name] - theirs[name]) < sameWithin)) {
      throw new Error(`${name}: scikit-learn has ${theirs[name]}, received ${ours[name]}`);
    }
  }
}
