import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clipOfRow, clipTableOf } from '../shared/dataset/clip-rows.ts';
import type { ClipTable } from '../shared/dataset/clip-table.ts';
import type { Engine } from '../shared/engine/engine.ts';
import { openEngine } from '../shared/engine/open-engine.ts';
import { rankingMetrics } from '../shared/metrics/ranking-metrics.ts';
import { SeededRandom } from '../shared/random/seeded-random.ts';
import { clipsPerClass } from '../shared/training/clips-per-class.ts';
import { crossValidate, foldCount } from '../shared/training/cross-validate.ts';
import { resolveTraining, trainingSettingsSchema } from '../shared/training/settings.ts';
import { foldsOf } from '../shared/training/stratified-sources.ts';
import { timeMeans } from '../shared/training/time-means.ts';
import { audiosetClips } from './audioset-clips.ts';
import type { BenchResult } from './bench.ts';

const shape = { width: 128, maxFrames: 10, dtype: 'uint8' } as const;
const [labels, clipsALabel, draws] = [5, 20, 6];
/** Music and Speech are in every other clip. */
const leftOut = new Set([0, 137]);

/**
 * The default recipe of small sets against scikit-learn on the time mean, by cross-validation over the same folds: five
 * labels of AudioSet with twenty clips each, six draws. `ratio` is of mAP.
 */
export async function benchFewShot(): Promise<BenchResult> {
  const python = process.env['EARSHOT_ORACLE_PYTHON'];
  if (python === undefined)
    console.error('EARSHOT_ORACLE_PYTHON names no Python with scikit-learn: no ratios');
  const { train } = await audiosetClips();
  const engine = await openEngine('native').catch(() => openEngine('wasm'));
  const sums = new Map<string, number>();
  const add = (name: string, mAP: number) => sums.set(name, (sums.get(name) ?? 0) + mAP / draws);
  for (let draw = 0; draw < draws; draw++) {
    const table = drawn(train, new SeededRandom(draw));
    add('few-shot', await outOfFoldMAP(engine, table));
    for (const [name, mAP] of python === undefined ? [] : Object.entries(anchorsOn(table, python)))
      add(name, mAP);
    console.error(
      `draw ${draw + 1}: ${Array.from(sums, ([name, sum]) => `${name} ${((sum * draws) / (draw + 1)).toFixed(4)}`).join(', ')}`,
    );
  }
  const ours = sums.get('few-shot')!;
  const ratio = Object.fromEntries(
    Array.from(sums, ([name, mAP]) => [name, ours / mAP] as const).filter(([name]) => name !== 'few-shot'),
  );
  return { bench: 'few-shot', ratio, mAP: Object.fromEntries(sums), engine: engine.name };
}

async function outOfFoldMAP(engine: Engine, train: ClipTable): Promise<number> {
  const request = trainingSettingsSchema.parse({});
  const facts = { clips: train.clips, clipsPerClass: clipsPerClass(train), labels, ...shape };
  const { spec, settings } = resolveTraining(request, facts);
  const [all] = await crossValidate({ engine, request, settings, spec, train, shares: [1] });
  return rankingMetrics(train, labels, all!.scores).mAP;
}

/** Clips that have just one of five labels, twenty of each. */
function drawn(table: ClipTable, random: SeededRandom): ClipTable {
  const labelsOf = (row: number) => [
    ...table.labelIndices.subarray(table.labelOffsets[row]!, table.labelOffsets[row + 1]!),
  ];
  const all = Array.from({ length: table.clips }, (_, row) => row);
  const chosen = new Set<number>();
  while (chosen.size < labels) {
    const label = random.below(527);
    if (!leftOut.has(label)) chosen.add(label);
  }
  const order = [...chosen];
  const clips = order.flatMap((label, index) => {
    const rows = all.filter(
      (row) =>
        labelsOf(row)
          .filter((one) => chosen.has(one))
          .join() === String(label),
    );
    return Array.from({ length: Math.min(clipsALabel, rows.length) }, () => {
      const [row] = rows.splice(random.below(rows.length), 1);
      return { ...clipOfRow(table, row!), labels: [index] };
    });
  });
  return clipTableOf(clips, shape);
}

function anchorsOn(table: ClipTable, python: string): Record<string, number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'earshot-few-shot-'));
  try {
    const truth = new Uint8Array(table.clips * labels);
    for (let row = 0; row < table.clips; row++) {
      truth[row * labels + table.labelIndices[table.labelOffsets[row]!]!] = 1;
    }
    const every = Uint32Array.from({ length: table.clips }, (_, row) => row);
    const files = { means: timeMeans(table, every), truth, folds: foldsOf(table, foldCount) };
    for (const [name, values] of Object.entries(files)) writeFileSync(path.join(folder, name), values);
    const program = path.resolve('bench/few-shot-anchors.py');
    const words = [program, folder, `${table.clips}`, `${labels}`];
    return JSON.parse(execFileSync(python, words, { encoding: 'utf8' })) as Record<string, number>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
