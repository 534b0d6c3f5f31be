import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelKeys, runKeys } from '../../shared/dataset/keys.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { SeededRandom } from '../../shared/random/seeded-random.ts';
import { readVersion } from '../../shared/registry/versions.ts';
import type { MetricsSegment } from '../../shared/runs/checkpoints.ts';
import type { RunReport } from '../../shared/runs/documents.ts';
import { restartRun } from '../../shared/runs/start-run.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { jsonAt, keysBelow } from '../fixtures/object-store/contents.ts';
import { startTemporaryStore, type TemporaryStore } from '../fixtures/object-store/temporary-store.ts';
import { recordedJobs } from '../fixtures/recorded-jobs.ts';
import { ingestTones, startTones } from '../fixtures/tone-dataset.ts';
import {
  type KillableTrainer,
  makeKillableTrainer,
  type TrainerProcess,
} from '../fixtures/training/killable-trainer.ts';

const reason = await openEngine('native').then(
  () => undefined,
  (error: Error) => error.message,
);
if (reason !== undefined) console.warn(`The kills of the native trainer are skipped: ${reason}`);

const kills = 20;
const steps = 300;
const seed = Number(process.env['EARSHOT_SEED'] ?? Date.now() % 1e6);
const training = {
  model: { head: 'multi-attention', hidden: 16 },
  steps,
  sampling: 'balanced',
  optimizer: 'adamw',
  mixup: { alpha: 0.4 },
  checkpointEverySteps: 5,
  evaluateEverySteps: 20,
  earlyStopping: { metric: 'loss', mode: 'min', patience: 1000 },
};

describe.skipIf(reason !== undefined)('the training process on the native engine', () => {
  let local: TemporaryStore;
  let store: ObjectStore;
  let trainer: KillableTrainer;
  beforeAll(async () => {
    local = await startTemporaryStore();
    store = openCosObjectStore(local.settings);
    trainer = await makeKillableTrainer(local.settings, 'native');
    await ingestTones(store);
  });
  afterAll(async () => {
    await trainer.remove();
    await local.remove();
  });

  /** The steps of all committed metric segments, in order, with their losses; the times of day are each attempt's own. */
  async function losses(run: string) {
    const { segments } = await jsonAt<{ segments: string[] }>(store, runKeys(run).checkpointPointer);
    const read = await Promise.all(segments.map((key) => jsonAt<MetricsSegment>(store, key)));
    return read.flatMap(({ steps }) => steps.map(({ time, ...measured }) => measured));
  }

  /** Resolves when the trial has written the run's pointer so many times. */
  async function pointerWritten(run: string, times: number, trial: TrainerProcess): Promise<void> {
    const writes = () =>
      local.notices.filter(
        ({ key, operation }) => operation === 'write' && key === runKeys(run).checkpointPointer,
      ).length;
    const before = writes();
    while (writes() < before + times && trial.isAlive()) await delay(1);
  }

  const attemptOf = async (run: string) =>
    (await jsonAt<{ attempt: number }>(store, runKeys(run).job)).attempt;

  /** Starts the run again as the sweep does, and gives the number of the new attempt. */
  async function nextAttempt(run: string): Promise<number> {
    expect(await restartRun(store, recordedJobs(), run)).toBe(true);
    return attemptOf(run);
  }

  it(`killed ${kills} times at random, is the undisturbed run to the last bit`, async () => {
    console.log(`kills of the trainer: EARSHOT_SEED=${seed}`);
    await startTones(store, 'undisturbed', training, 'undisturbed');
    const began = Date.now();
    const first = trainer.start('undisturbed', 1);
    await first.training;
    const startMs = Date.now() - began;
    expect(await first.ended).toBe(0);

    const random = new SeededRandom(seed);
    await startTones(store, 'killed', training, 'killed');
    let attempt = 1;
    let amidTraining = 0;
    for (let kill = 0; kill < kills; kill++) {
      const trial = trainer.start('killed', attempt);
      if (random.below(5) === 0) await delay(random.uniform() * startMs);
      else {
        // The first write of the pointer takes the run. No more commits than leave steps for the kills to come.
        await pointerWritten('killed', 1 + random.below(3), trial);
        await delay(random.uniform() * 30);
      }
      expect(trial.isAlive()).toBe(true);
      trial.kill('SIGKILL');
      expect(await trial.ended).toBeNull();
      const { step } = await jsonAt<{ step: number }>(store, runKeys('killed').checkpointPointer).catch(
        () => ({ step: 0 }),
      );
      if (step > 0 && step < steps) amidTraining++;
      attempt = await nextAttempt('killed');
    }
    expect(amidTraining).toBeGreaterThan(kills / 2);
    expect(await trainer.start('killed', attempt).ended).toBe(0);

    const everyStep = Array.from({ length: steps }, (_, i) => i + 1);
    const undisturbed = await losses('undisturbed');
    expect(undisturbed.map(({ step }) => step)).toEqual(everyStep);
    expect(await losses('killed')).toEqual(undisturbed);
    const [expected, received] = await Promise.all(
      ['undisturbed', 'killed'].map((model) => readVersion(store, model, '1')),
    );
    expect(received!.weights).toEqual(expected!.weights);
    const [whole, patched] = await Promise.all(
      ['undisturbed', 'killed'].map((run) => jsonAt<RunReport>(store, runKeys(run).report)),
    );
    expect(patched!.metrics).toEqual(whole!.metrics);
    // One run, one version, whatever the number of its attempts.
    const claims = await keysBelow(store, modelKeys('killed').base);
    expect(claims.filter((key) => key.endsWith('claim.json'))).toHaveLength(1);
    expect(await attemptOf('killed')).toBe(kills + 1);
    console.log(`kills of the trainer: ${amidTraining} of ${kills} amid training, ${startMs} ms a start`);
  }, 600_000);

  it('asked by SIGTERM, commits the step it is at, and goes on from there', async () => {
    await startTones(store, 'asked', { ...training, checkpointEverySteps: 100_000 }, 'asked');
    const trial = trainer.start('asked', 1);
    await trial.training;
    await delay(200);
    trial.kill('SIGTERM');
    expect(await trial.ended).toBe(143);
    const { step } = await jsonAt<{ step: number }>(store, runKeys('asked').checkpointPointer);
    expect(step).toBeGreaterThan(0);
    expect(await trainer.start('asked', await nextAttempt('asked')).ended).toBe(0);
    expect(await losses('asked')).toEqual(await losses('undisturbed'));
  }, 120_000);
});
