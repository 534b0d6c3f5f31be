import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rankingMetrics } from '../../shared/metrics/ranking-metrics.ts';
import { SeededRandom } from '../../shared/random/seeded-random.ts';
import { oraclePython, runPython } from './oracle-python.ts';

/** Per class AP and AUC by scikit-learn, null where a class has one kind of clips only; d-prime by the standard library. */
const program = `
import json, sys
from statistics import NormalDist
import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score
folder, clips, labels = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
scores = np.fromfile(folder + '/scores', '<f4').reshape(clips, labels)
truth = np.fromfile(folder + '/truth', 'u1').reshape(clips, labels)
rows = []
for k in range(labels):
    if 0 < truth[:, k].sum() < clips:
        rows.append([average_precision_score(truth[:, k], scores[:, k]), roc_auc_score(truth[:, k], scores[:, k])])
    else:
        rows.append(None)
good = [row for row in rows if row]
auc = float(np.mean([row[1] for row in good]))
print(json.dumps({'rows': rows, 'mAP': float(np.mean([row[0] for row in good])), 'AUC': auc,
                  'dPrime': 2 ** 0.5 * NormalDist().inv_cdf(auc)}))
`;

interface Expected {
  readonly rows: readonly ([number, number] | null)[];
  readonly mAP: number;
  readonly AUC: number;
  readonly dPrime: number;
}

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

  it.each(draws)('on scores %s', (_, draw) => {
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
    const expected = runPython(program, folder, `${clips}`, `${labels}`) as Expected;

    const received = rankingMetrics(labelsOf(truth, labels), labels, scores);
    expect(received.evaluated).toBe(expected.rows.filter((row) => row !== null).length);
    for (const [label, { AP, AUC }] of received.classes.entries()) {
      const row = expected.rows[label];
      if (row === null || row === undefined) expect([AP, AUC]).toEqual([null, null]);
      else
        for (const [i, value] of [AP!, AUC!].entries()) expect(Math.abs(value - row[i]!)).toBeLessThan(1e-9);
    }
    for (const name of ['mAP', 'AUC', 'dPrime'] as const) {
      expect(Math.abs(received[name] - expected[name])).toBeLessThan(1e-9);
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
