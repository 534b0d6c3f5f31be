import { describe, expect, it } from 'vitest';
import { runKeys } from '../../../shared/dataset/keys.ts';
import { initialWeights } from '../../../shared/model/initial-weights.ts';
import { modelSpecSchema } from '../../../shared/model/model-spec.ts';
import { Checkpoints } from '../../../shared/runs/checkpoints.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { encodeState } from '../../../shared/training/state-codec.ts';
import { initialState, type TrainingState } from '../../../shared/training/training-state.ts';
import { bytesAt, jsonAt, keysBelow } from '../../fixtures/object-store/contents.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';
import { interruptedStore, watchedStore } from '../../fixtures/object-store/watched-store.ts';

const freshBucket = freshBuckets();
const keys = runKeys('run');
const spec = modelSpecSchema.parse({
  model: { head: 'mlp', hidden: [2] },
  labels: 1,
  width: 2,
  maxFrames: 1,
});
const facts = {
  priors: Float32Array.of(0.5),
  mean: Float32Array.of(0, 0),
  deviation: Float32Array.of(1, 1),
  frameDeviation: Float32Array.of(1, 1),
};

function stateAt(step: number): TrainingState {
  return { ...initialState('fingerprint', spec, initialWeights(spec, step, facts)), step };
}
const losses = (...steps: number[]) => ({
  steps: steps.map((step) => ({ step, loss: 1 / step, time: 1e9 + step })),
  validation: [],
});
const below = async (store: ObjectStore) =>
  (await keysBelow(store, keys.base)).map((key) => key.slice(keys.base.length));

async function expectLoaded(checkpoints: Checkpoints, expected: TrainingState) {
  const state = await checkpoints.load();
  expect(state?.step).toBe(expected.step);
  expect(Buffer.from(encodeState(state!)).equals(encodeState(expected))).toBe(true);
}

describe('checkpoints', () => {
  it('begin with nothing', async () => {
    const store = await freshBucket();
    const checkpoints = await Checkpoints.take(store, 'run');
    expect(await checkpoints.load()).toBeNull();
    expect(await below(store)).toEqual(['checkpoint/pointer.json']);
  });

  it('give a later trainer what was committed last, and its metrics', async () => {
    const store = await freshBucket();
    const first = await Checkpoints.take(store, 'run');
    await first.commit(stateAt(10), losses(1, 10));
    await first.commit(stateAt(20), losses(11, 20));
    await first.commit(stateAt(20), losses());
    await expectLoaded(await Checkpoints.take(store, 'run'), stateAt(20));
    expect(await jsonAt(store, keys.checkpointPointer)).toEqual({
      epoch: 2,
      step: 20,
      state: keys.checkpoint(1, 20),
      segments: [keys.metrics(1, 10), keys.metrics(1, 20)],
      events: [keys.events(1, 10), keys.events(1, 20)],
    });
    expect(await jsonAt(store, keys.metrics(1, 20))).toEqual(losses(11, 20));
    expect(await below(store)).toEqual([
      'checkpoint/1-20.state',
      'checkpoint/pointer.json',
      'events/events.out.tfevents.0000000010.1',
      'events/events.out.tfevents.0000000020.1',
      'metrics/1-10.json',
      'metrics/1-20.json',
    ]);
  });

  it('fence a trainer that was replaced, and keep nothing of what it tried', async () => {
    const store = await freshBucket();
    const first = await Checkpoints.take(store, 'run');
    await first.commit(stateAt(10), losses(10));
    const second = await Checkpoints.take(store, 'run');
    const fenced = { code: 'RUN_FENCED', details: { file: keys.checkpointPointer } };
    await expect(first.commit(stateAt(20), losses(20))).rejects.toMatchObject(fenced);
    await expectLoaded(second, stateAt(10));
    await second.commit(stateAt(15), losses(15));
    await expect(first.commit(stateAt(30), losses(30))).rejects.toMatchObject(fenced);
    await expectLoaded(await Checkpoints.take(store, 'run'), stateAt(15));
    expect(await below(store)).toEqual([
      'checkpoint/2-15.state',
      'checkpoint/pointer.json',
      'events/events.out.tfevents.0000000010.1',
      'events/events.out.tfevents.0000000015.2',
      'metrics/1-10.json',
      'metrics/2-15.json',
    ]);
  });

  it('fence a trainer that stops at the step it had committed, and leave that step to the next', async () => {
    const store = await freshBucket();
    const first = await Checkpoints.take(store, 'run');
    await first.commit(stateAt(10), losses(10));
    const second = await Checkpoints.take(store, 'run');
    await expect(first.commit(stateAt(10), losses())).rejects.toMatchObject({ code: 'RUN_FENCED' });
    await expectLoaded(second, stateAt(10));
  });

  it('can be taken by one of two trainers at once', async () => {
    const store = await freshBucket();
    const slow = interruptedStore(store, 'put', keys.checkpointPointer, () => Checkpoints.take(store, 'run'));
    await expect(Checkpoints.take(slow, 'run')).rejects.toMatchObject({ code: 'RUN_FENCED' });
    const third = interruptedStore(store, 'put', keys.checkpointPointer, () =>
      Checkpoints.take(store, 'run'),
    );
    await expect(Checkpoints.take(third, 'run')).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect(await jsonAt(store, keys.checkpointPointer)).toMatchObject({ epoch: 2 });
  });

  it('stay good when the trainer ends between any two writes', async () => {
    for (const end of [1, 2, 3, 4, 5]) {
      const store = await freshBucket();
      const first = await Checkpoints.take(store, 'run');
      await first.commit(stateAt(10), losses(10));
      let calls = 0;
      const dying = watchedStore(store, ({ method }) => {
        if (method === 'put' || method === 'delete') calls++;
        if (calls === end + 1) throw new Error('power failure');
      });
      // The first write is the take's.
      const second = await Checkpoints.take(dying, 'run');
      await expect(second.commit(stateAt(20), losses(20))).rejects.toThrow('power failure');
      const third = await Checkpoints.take(store, 'run');
      const committed = end < 5 ? 10 : 20;
      await expectLoaded(third, stateAt(committed));
      const states = (await below(store)).filter((key) => key.endsWith('.state'));
      expect(states).toHaveLength(1);
      for (const prefix of ['metrics/', 'events/']) {
        const segments = (await below(store)).filter((key) => key.startsWith(prefix));
        expect(segments).toHaveLength(committed / 10);
      }
    }
  });

  it('give all that was measured, in order and without what was replayed', async () => {
    const store = await freshBucket();
    const first = await Checkpoints.take(store, 'run');
    await first.commit(stateAt(2), losses(1, 2));
    await first.commit(stateAt(4), losses(3, 4));
    const second = await Checkpoints.take(store, 'run');
    const point = { step: 5, mAP: 0.5, AUC: 0.9, dPrime: 1.8, time: 1e9 };
    await second.commit(stateAt(5), { ...losses(5), validation: [point] });
    const { steps, validation } = await second.measured();
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(validation).toEqual([point]);
    await store.delete(keys.metrics(1, 4));
    await expect(second.measured()).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      details: { file: keys.metrics(1, 4) },
    });
  });

  it('hold the state of the moment they were asked for', async () => {
    const store = await freshBucket();
    const checkpoints = await Checkpoints.take(store, 'run');
    const state = stateAt(10);
    const committed = checkpoints.commit(state, losses(10));
    state.step = 11;
    for (const values of state.weights.values()) values.fill(9);
    await committed;
    await expectLoaded(checkpoints, stateAt(10));
  });

  it('that are damaged or gone are named', async () => {
    const store = await freshBucket();
    const checkpoints = await Checkpoints.take(store, 'run');
    await checkpoints.commit(stateAt(10), losses(10));
    const key = keys.checkpoint(1, 10);
    const bytes = await bytesAt(store, key);
    bytes[60]! ^= 1;
    await store.put(key, bytes);
    const corrupt = (details: object) => ({ code: 'CHECKPOINT_CORRUPT', details });
    await expect(checkpoints.load()).rejects.toMatchObject(corrupt({ file: key, field: 'sha256' }));
    await store.delete(key);
    await expect(checkpoints.load()).rejects.toMatchObject(corrupt({ file: key, received: 'nothing' }));
    await store.put(keys.checkpointPointer, Buffer.from('{"epoch": 0}'));
    await expect(Checkpoints.take(store, 'run')).rejects.toMatchObject(
      corrupt({ file: keys.checkpointPointer, path: 'epoch' }),
    );
  });
});
