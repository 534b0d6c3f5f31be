import { readdirSync } from 'node:fs';
import { bootstrapMetrics } from '../shared/metrics/bootstrap.ts';
import { centredInterval } from '../shared/metrics/interval.ts';
import { labelsOf } from '../shared/training/evaluate.ts';
import { splitValidation } from '../shared/training/validation-split.ts';
import type { TrainAndEval } from './audioset-clips.ts';
import { blends, referenceHeads } from './heads-entries.ts';
import { type Figures, figuresOf, readRecord, readScores } from './heads-run.ts';
import { headTables } from './heads-tables.ts';

const replicates = 1000;
const confidence = 0.95;
const seeded = /^(.+)-\d+$/;

/** Figures of all entries in a folder and of the blends of them, and what `best` is ahead of the reference's heads. */
export async function compareHeads(folder: string, { train, evaluate }: TrainAndEval, labels: number) {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
  const records = new Map(names.map((name) => [name, readRecord(folder, name)!]));
  console.error(headTables(records));
  const validation = labelsOf(train, splitValidation(train).validation);
  const figures = Object.fromEntries(
    names.map((name) => {
      const { steps, seconds, load, parameters, ...record } = records.get(name)!;
      return [
        name,
        { steps, ...seconds, load, parameters, eval: record.eval, validation: record.validation },
      ];
    }),
  );
  const blended = Object.fromEntries(
    Object.entries(blends)
      .filter(([, members]) => members.every((member) => names.includes(member)))
      .map(([name, members]) => {
        const mean = (of: 'eval' | 'validation') =>
          meanOf(members.map((member) => readScores(folder, member, of)));
        const at = { eval: mean('eval'), validation: mean('validation') };
        return [
          name,
          {
            eval: figuresOf(evaluate, labels, at.eval),
            validation: figuresOf(validation, labels, at.validation),
          },
        ];
      }),
  );
  return {
    ratio: aheadOfHeads(figures),
    clips: { train: train.clips, eval: evaluate.clips },
    entries: figures,
    seeds: spreadOfSeeds(figures),
    blends: blended,
    differences: await pairedDifferences(folder, names, { train, evaluate }, labels),
  };
}

type FiguresOfEntries = Readonly<Record<string, { readonly eval: Figures }>>;

/** mAP of `best` in parts of each head's. */
function aheadOfHeads(figures: FiguresOfEntries): Record<string, number> {
  const best = figures['best-1'];
  if (best === undefined) return {};
  const heads = referenceHeads.filter((head) => figures[head] !== undefined);
  return Object.fromEntries(heads.map((head) => [head, best.eval.mAP / figures[head]!.eval.mAP]));
}

/** Of entries that differ in the number behind their name: mean, and standard deviation with n - 1. */
function spreadOfSeeds(figures: FiguresOfEntries) {
  const groups = new Map<string, number[]>();
  for (const [name, { eval: of }] of Object.entries(figures)) {
    const group = seeded.exec(name)?.[1];
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), of.mAP]);
  }
  return Object.fromEntries(
    [...groups]
      .filter(([, all]) => all.length > 1)
      .map(([group, all]) => {
        const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
        const squares = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        return [group, { seeds: all.length, mean, deviation: Math.sqrt(squares / (all.length - 1)) }];
      }),
  );
}

/** mAP of `best` less that of each reference head, on the same draws of the eval clips. */
async function pairedDifferences(
  folder: string,
  names: readonly string[],
  { evaluate }: TrainAndEval,
  labels: number,
) {
  const heads = referenceHeads.filter((head) => names.includes(head));
  if (!names.includes('best-1') || heads.length === 0) return {};
  const matrices = ['best-1', ...heads].map((name) => readScores(folder, name, 'eval'));
  const draws = await bootstrapMetrics(evaluate, labels, matrices, { replicates, seed: 1 });
  const mAP = matrices.map((scores) => figuresOf(evaluate, labels, scores).mAP);
  return Object.fromEntries(
    heads.map((head, i) => {
      const difference = mAP[0]! - mAP[i + 1]!;
      const paired = draws[0]!.mAP.map((value, draw) => value - draws[i + 1]!.mAP[draw]!);
      return [
        head,
        { difference, interval: centredInterval(paired, difference, confidence, { low: -1, high: 1 }) },
      ];
    }),
  );
}

function meanOf(matrices: readonly Float32Array[]): Float32Array {
  return matrices[0]!.map((_, i) => matrices.reduce((sum, scores) => sum + scores[i]!, 0) / matrices.length);
}
