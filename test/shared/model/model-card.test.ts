import { expect, it } from 'vitest';
import { type CardFacts, modelCard } from '../../../shared/model/model-card.ts';
import { preprocessingOf } from '../../../shared/model/preprocessing.ts';
import { smallSpec } from './small-models.ts';

const facts: CardFacts = {
  name: 'birds',
  version: '7',
  spec: smallSpec('feature-level attention with softmax'),
  preprocessing: preprocessingOf(new Uint8Array()),
  precision: 'float16',
  rounding: { split: 'validation', clips: 1100, largestScoreDifference: 0.00123, mAPDifference: -0.0000456 },
  parameters: 12_345,
  metrics: { mAP: 0.3141, AUC: 0.95, dPrime: 2.33, evaluated: 4, labels: 5, priorMAP: 0.01 },
  clips: { train: 20_000, validation: 1100, eval: 9000 },
  lineage: { run: 'run-1', dataset: 'birds', snapshot: 'snapshots/birds/ab.json', engine: 'tfjs', seed: 3 },
};

it('a card says what goes in, what comes out, and what was measured', () => {
  const card = modelCard(facts);
  for (const part of [
    '# birds, version 7',
    '`frames` float32 [clips, 4, 6], whole numbers 0..255',
    '(x - 128) · 0.0078125',
    '`mask` float32 [clips, 4]',
    '`probabilities` float32 [clips, 5]',
    'head `feature-attention`, hidden 9',
    '12,345 numbers',
    'kernels stored as float16, biases as float32; on 1100 validation clips',
    'at most 1.2e-3 and mAP by -4.6e-5',
    'over the 4 of 5 labels',
    '| 0.3141 | 0.9500 | 2.3300 | 0.0100 |',
    'run `run-1`, seed 3',
  ])
    expect(card).toContain(part);
});

it('a card says why a model is stored as float32', () => {
  const card = (changes: Partial<CardFacts>) => modelCard({ ...facts, precision: 'float32', ...changes });
  expect(card({ rounding: null })).toContain('stored as float32, as asked for');
  expect(card({})).toContain('stored as float32, because on 1100 validation clips');
  const beyond = { split: 'train', clips: 9, largestScoreDifference: null, mAPDifference: null };
  expect(card({ rounding: beyond })).toContain('a weight is beyond float16');
});
