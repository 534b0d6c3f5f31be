import { loadavg } from 'node:os';
import { type RankingMetrics, rankingMetrics } from '../shared/metrics/ranking-metrics.ts';
import type { BenchResult } from './bench.ts';
import { median, secondsOf } from './median.ts';
import { keepToOneCore } from './one-core.ts';
import { type Answer, startScikitLearn } from './scikit-learn-metrics.ts';
import { clips, type LabelledScores, labelledScores, labels } from './score-matrix.ts';

/** What other work on the machine takes from a round, it takes from both alike: they take turns. */
const rounds = 3;
/** Ours are so short that a round has several. */
const oursInRound = 5;
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
  const taken: Record<string, Taken[]> = {};
  const take = (name: string, seconds: Taken) => {
    taken[name] = [...(taken[name] ?? []), seconds];
  };
  const values: Partial<Record<(typeof kinds)[number], { mAP: number; AUC: number }>> = {};
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const kind of kinds) {
        const { mAP, AUC } = metricsOf(data, kind);
        values[kind] = { mAP, AUC };
        for (let i = 0; i < oursInRound; i++) {
          const began = process.cpuUsage();
          const wall = await secondsOf(() => metricsOf(data, kind));
          const { user, system } = process.cpuUsage(began);
          if (round > 0) take(kind, { wall, cpu: (user + system) / 1e6 });
        }
        const answer = await rival?.metrics(kind);
        if (answer === undefined) continue;
        checkSame({ mAP, AUC }, answer);
        if (round > 0) take(`${kind}-sklearn`, answer);
      }
    }
  } finally {
    await rival?.close();
  }
  const medians = (which: keyof Taken) =>
    Object.fromEntries(
      Object.entries(taken).map(([name, all]) => [name, median(all.map((seconds) => seconds[which]))]),
    );
  const wall = medians('wall');
  const cpu = medians('cpu');
  return {
    bench: 'metrics',
    ratio: rival === null ? {} : { sklearn: ratio(wall, 'trained'), random: ratio(wall, 'random') },
    // Of processor time, which other work on the machine takes less part in.
    cpuRatio: rival === null ? {} : { sklearn: ratio(cpu, 'trained'), random: ratio(cpu, 'random') },
    clips,
    labels,
    rounds,
    oneCore,
    load: loadavg()[0],
    values,
    seconds: { wall, cpu },
  };
}

interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

function ratio(seconds: Readonly<Record<string, number>>, kind: string): number {
  return seconds[`${kind}-sklearn`]! / seconds[kind]!;
}

function metricsOf({ table, ...scores }: LabelledScores, kind: (typeof kinds)[number]): RankingMetrics {
  return rankingMetrics(table, labels, scores[kind]);
}

function checkSame(ours: { mAP: number; AUC: number }, theirs: Answer): void {
  for (const name of ['mAP', 'AUC'] as const) {
    if (!(Math.abs(ours[name] - theirs[name]) < sameWithin)) {
      throw new Error(`${name}: scikit-learn has ${theirs[name]}, received ${ours[name]}`);
    }
  }
}
