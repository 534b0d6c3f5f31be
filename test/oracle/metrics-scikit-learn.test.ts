import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrapMetrics } from '../../shared/metrics/bootstrap.ts';
import { calibrate } from '../../shared/metrics/calibration.ts';
import { drawClips } from '../../shared/metrics/clip-draws.ts';
import { lwlrap } from '../../shared/metrics/lwlrap.ts';
import { rankClips, summarise } from '../../shared/metrics/ranking-metrics.ts';
import { atPrecision, bestF1 } from '../../shared/metrics/thresholds.ts';
import { SeededRandom } from '../../shared/random/seeded-random.ts';
import { oraclePython, runPython } from './oracle-python.ts';

/**
 * By scikit-learn: per class AP and AUC, the best F1 on the precision-recall curve and the best recall at precision 0.5,
 * null where a class has one kind of clips only; label-weighted LRAP; AP and AUC of clips weighted by `draws`; Brier score
 * and reliability of the probabilities, when they are some. d-prime by the standard library.
 */
const program = `
import json, sys
from statistics import NormalDist
import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import (average_precision_score, brier_score_loss, label_ranking_average_precision_score,
                             precision_recall_curve, roc_auc_score)
folder, clips, labels = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
scores = np.fromfile(folder + '/scores', '<f4').reshape(clips, labels)
truth = np.fromfile(folder + '/truth', 'u1').reshape(clips, labels)
draws = np.fromfile(folder + '/draws', '<f8').reshape(-1, clips)
rows = []
for k in range(labels):
    y, s = truth[:, k], scores[:, k]
    if 0 < y.sum() < clips:
        precision, recall, _ = precision_recall_curve(y, s)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        good = recall[:-1][precision[:-1] >= 0.5]
        rows.append([average_precision_score(y, s), roc_auc_score(y, s), float(f1.max()),
                     float(good.max()) if len(good) else None])
    else:
        rows.append(None)
good = [row for row in rows if row]
auc = float(np.mean([row[1] for row in good]))
lwlrap = label_ranking_average_precision_score(truth, scores, sample_weight=truth.sum(1))
drawn = []
for w in draws:
    defined = [k for k in range(labels) if 0 < (truth[:, k] * w).sum() < w.sum()]
    of = lambda metric: float(np.mean([metric(truth[:, k], scores[:, k], sample_weight=w) for k in defined]))
    drawn.append([of(average_precision_score), of(roc_auc_score)])
calibration = None
if scores.min() >= 0 and scores.max() <= 1:
    y, p = truth.ravel(), scores.ravel().astype('f8')
    observed, predicted = calibration_curve(y, p, n_bins=10)
    calibration = {'brier': brier_score_loss(y, p), 'observed': observed.tolist(), 'predicted': predicted.tolist()}
print(json.dumps({'rows': rows, 'mAP': float(np.mean([row[0] for row in good])), 'AUC': auc, 'lwlrap': float(lwlrap),
                  'dPrime': 2 ** 0.5 * NormalDist().inv_cdf(auc), 'drawn': drawn, 'calibration': calibration}))
`;

interface Expected {
  readonly rows: readonly ([number, number, number, number | null] | null)[];
  readonly mAP: number;
  readonly AUC: number;
  readonly lwlrap: number;
  readonly dPrime: number;
  readonly drawn: readonly [number, number][];
  readonly calibration: {
    readonly brier: number;
    readonly observed: readonly number[];
    readonly predicted: readonly number[];
  } | null;
}

const replicates = 3;
const tenths = Array.from({ length: 11 }, (_, i) => i / 10);
const within = (value: number, expected: number) => expect(Math.abs(value - expected)).toBeLessThan(1e-9);

/** Scores by kind: what a model gives, few distinct values, and numbers whose ties are exact. */
const draws: [string, (random: SeededRandom, positive: boolean) => number][] = [
  [
    'of a trained model',
    (random, positive) => 1 / (1 + Math.exp(5 - (positive ? 2.5 : 0) - 1.5 * random.normal())),
  ],
  ['with many ties', (random, positive) => Math.round(4 * random.uniform() + (positive ? 1 : 0)) / 5],
  ['that are all the same', () => 0.25],
  ['far apart and of both signs', (random) => (random.uniform() - 0.5) * 10 ** (30 * random.uniform() - 20)],
];

describe.skipIf(oraclePython === undefined)('metrics equal scikit-learn within 1e-9', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'earshot-metrics-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(draws)('on scores %s', async (_, draw) => {
    const clips = 3000;
    const labels = 40;
    const random = new SeededRandom(11);
    const truth = new Uint8Array(clips * labels);
    const scores = new Float32Array(clips * labels);
    for (let i = 0; i < truth.length; i++) {
      const label = i % labels;
      // The last classes have every clip or none; the others from one in a thousand to half of them.
      const share = label === labels - 1 ? 1 : label === labels - 2 ? 0 : 0.001 * 500 ** (label / labels);
      truth[i] = random.uniform() < share ? 1 : 0;
      scores[i] = draw(random, truth[i] === 1);
    }
    writeFileSync(path.join(folder, 'scores'), scores);
    writeFileSync(path.join(folder, 'truth'), truth);
    const clipDraws = drawClips(clips, replicates, 3);
    const packed = clipDraws.batch(0);
    const weights = Array.from({ length: replicates }, (_, lane) =>
      Array.from(packed, (sum) => Math.floor(sum / clipDraws.base ** lane) % clipDraws.base),
    );
    writeFileSync(path.join(folder, 'draws'), Float64Array.from(weights.flat()));
    const expected = runPython(program, folder, `${clips}`, `${labels}`) as Expected;

    const table = labelsOf(truth, labels);
    const ranks = rankClips(table, labels, scores);
    const received = summarise(ranks);
    expect(received.evaluated).toBe(expected.rows.filter((row) => row !== null).length);
    for (const [label, { AP, AUC }] of received.classes.entries()) {
      const row = expected.rows[label];
      if (row === null || row === undefined) {
        expect([AP, AUC]).toEqual([null, null]);
        continue;
      }
      within(AP!, row[0]);
      within(AUC!, row[1]);
      within(bestF1(ranks.classes[label]!)!.F1, row[2]);
      const precise = atPrecision(ranks.classes[label]!, 0.5);
      if (row[3] === null) expect(precise).toBeNull();
      else within(precise!.recall, row[3]);
    }
    for (const name of ['mAP', 'AUC', 'dPrime'] as const) within(received[name], expected[name]);
    within(lwlrap(table, labels, scores)!, expected.lwlrap);

    const [drawn] = await bootstrapMetrics(table, labels, [scores], { replicates, seed: 3 });
    for (const [replicate, [mAP, AUC]] of expected.drawn.entries()) {
      within(drawn!.mAP[replicate]!, mAP);
      within(drawn!.AUC[replicate]!, AUC);
    }

    if (expected.calibration === null) return;
    const { bins, brier } = calibrate(table, labels, scores, tenths);
    within(brier, expected.calibration.brier);
    const filled = bins.filter(({ count }) => count > 0);
    expect(filled).toHaveLength(expected.calibration.observed.length);
    for (const [i, { predicted, observed }] of filled.entries()) {
      within(predicted!, expected.calibration.predicted[i]!);
      within(observed!, expected.calibration.observed[i]!);
    }
  });
});

function labelsOf(truth: Uint8Array, labels: number) {
  const clips = truth.length / labels;
  const labelOffsets = new Uint32Array(clips + 1);
  const indices: number[] = [];
  for (let i = 0; i < clips; i++) {
    for (let k = 0; k < labels; k++) if (truth[i * labels + k] === 1) indices.push(k);
    labelOffsets[i + 1] = indices.length;
  }
  return { clips, labelOffsets, labelIndices: Uint16Array.from(indices) };
}
