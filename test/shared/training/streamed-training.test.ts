import { beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { gatherBatch } from '../../../shared/training/batch.ts';
import { batchesOf } from '../../../shared/training/prepare-batch.ts';
import { decodeState, encodeState } from '../../../shared/training/state-codec.ts';
import { type TrainingOptions, trainClassifier } from '../../../shared/training/train-classifier.ts';
import { createWindowedSampler } from '../../../shared/training/windowed-sampler.ts';
import { finish, smallRun } from './small-run.ts';
import { streamedTones } from './streamed-tones.ts';
import { toneClips } from './tone-clips.ts';

const tones = toneClips({ clips: 200 });
const sizes = [30, 17, 40, 25, 8, 50, 30];
/** Room for three windows of 60 clips of 24 bytes. */
const clipMegabytes = (3 * 60 * 24) / 1e6;
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

function streamedRun(
  request: object,
): TrainingOptions & { readonly train: ReturnType<typeof streamedTones> } {
  const run = smallRun(engine, request, streamedTones(tones, sizes));
  return { ...run, settings: { ...run.settings, clipMegabytes }, train: streamedTones(tones, sizes) };
}

it('streamed clips make the batches that their sampler draws', async () => {
  const { spec, settings, train } = streamedRun({});
  const preprocessing = { dtype: 'uint8', offset: 128, scale: 1 / 128 } as const;
  const rows = Uint32Array.from({ length: 200 }, (_, row) => row);
  const batch = batchesOf({ spec, settings, preprocessing, table: train, rows });
  const sampler = createWindowedSampler(train, rows, settings, 60);
  for (const step of [0, 1, 2, 7]) {
    const drawn = Uint32Array.from(sampler.batch(step).flatMap((part) => [...part.rows]));
    expect(await batch(step)).toEqual(gatherBatch(tones, drawn, 4, preprocessing));
  }
});

it('streamed clips are learnt from, and each is read about once an epoch', async () => {
  const run = streamedRun({ steps: 80 });
  const { metrics } = await finish(run);
  expect(metrics.mAP).toBeGreaterThan(0.9);
  const epochs = (80 * 32) / 200;
  expect(run.train.reads.length).toBeLessThan(sizes.length * (epochs + 3));
});

it('streamed clips that are validated with are held, and a stopped run resumes to the same bits', async () => {
  const run = streamedRun({
    steps: 24,
    sampling: 'balanced',
    earlyStopping: { metric: 'loss', mode: 'min', patience: 50 },
    evaluateEverySteps: 4,
    checkpointEverySteps: 5,
  });
  let kept = new Uint8Array();
  const onCheckpoint: TrainingOptions['onCheckpoint'] = async (state) => {
    kept = Uint8Array.from(encodeState({ ...state, seconds: 0 }));
  };
  const expected = await finish({ ...run, onCheckpoint });
  expect(expected.clips.validation).toBeGreaterThan(20);
  const undisturbed = kept;
  const death = new Error('killed');
  const onProgress: TrainingOptions['onProgress'] = ({ step }) => {
    if (step === 13) throw death;
  };
  await expect(trainClassifier({ ...run, onCheckpoint, onProgress })).rejects.toBe(death);
  const resume = decodeState(kept);
  expect(resume.step).toBe(10);
  const resumed = await finish({ ...run, resume, onCheckpoint });
  expect(Buffer.from(kept).equals(undisturbed)).toBe(true);
  expect(resumed.metrics).toEqual(expected.metrics);
});

it('a block that cannot be read ends the run with its reason', async () => {
  const run = streamedRun({ steps: 80 });
  const reason = new Error('no such shard');
  const readBlock = (block: number) => (block === 5 ? Promise.reject(reason) : run.train.readBlock(block));
  await expect(trainClassifier({ ...run, train: { ...run.train, readBlock } as never })).rejects.toBe(reason);
});
