import pMap from 'p-map';
import * as z from 'zod';
import { runKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { decodeState, encodeState } from '../training/state-codec.ts';
import type { TrainingState } from '../training/training-state.ts';
import { eventFile } from './event-file.ts';

const segmentsAtOnce = 8;

/** What was measured since the checkpoint before; immutable, committed with the checkpoint, also as TensorBoard events. */
const segmentSchema = z.object({
  /** Loss of each step, and the Unix time in seconds at which it was made. */
  steps: z.array(z.object({ step: z.int(), loss: z.number(), time: z.number() })),
  /** Metrics on the validation clips after so many steps. */
  validation: z.array(
    z.object({ step: z.int(), mAP: z.number(), AUC: z.number(), dPrime: z.number(), time: z.number() }),
  ),
});
export type MetricsSegment = z.infer<typeof segmentSchema>;

const pointerSchema = z.object({
  /** Counts the trainers of the run; the newest one owns it. */
  epoch: z.int().min(1),
  step: z.int().min(0),
  state: z.string().nullable(),
  /** Keys of the metric segments up to `step`, in order. */
  segments: z.array(z.string()),
  /** Keys of the event files up to `step`, in order. */
  events: z.array(z.string()).default([]),
});
type Pointer = z.infer<typeof pointerSchema>;

/** Updates that a run has committed; 0 before its first checkpoint. @throws CHECKPOINT_CORRUPT */
export async function committedStep(store: ObjectStore, run: string): Promise<number> {
  const key = runKeys(run).checkpointPointer;
  return (await readJson(store, key, pointerSchema, 'CHECKPOINT_CORRUPT'))?.value.step ?? 0;
}

/**
 * The checkpoints of one run, fenced: every write of the pointer carries this trainer's epoch and the ETag it wrote
 * last, so a trainer that was replaced cannot write any more.
 */
export class Checkpoints {
  private readonly store: ObjectStore;
  private readonly keys: ReturnType<typeof runKeys>;
  private pointer: Pointer;
  private etag: string;

  private constructor(store: ObjectStore, run: string, pointer: Pointer, etag: string) {
    this.store = store;
    this.keys = runKeys(run);
    this.pointer = pointer;
    this.etag = etag;
  }

  /**
   * Takes the run over from an earlier trainer, if there was one, and removes what that one wrote and did not commit.
   * @throws RUN_FENCED when another was quicker; CHECKPOINT_CORRUPT
   */
  static async take(store: ObjectStore, run: string): Promise<Checkpoints> {
    const key = runKeys(run).checkpointPointer;
    const read = await readJson(store, key, pointerSchema, 'CHECKPOINT_CORRUPT');
    const pointer: Pointer =
      read === null
        ? { epoch: 1, step: 0, state: null, segments: [], events: [] }
        : { ...read.value, epoch: read.value.epoch + 1 };
    const condition = read === null ? { ifAbsent: true } : { ifMatch: read.etag };
    const written = await writeJson(store, key, pointer, condition);
    if (!written.written) throw new EarshotError('RUN_FENCED', { file: key });
    if (read !== null) await discardUncommitted(store, run, pointer);
    return new Checkpoints(store, run, pointer, written.etag);
  }

  /** The committed state, or null at the beginning. @throws CHECKPOINT_CORRUPT */
  load(): Promise<TrainingState | null> {
    return readState(this.store, this.pointer.state);
  }

  /** @throws RUN_FENCED when another trainer has taken the run over */
  async confirm(): Promise<void> {
    const file = this.keys.checkpointPointer;
    if ((await this.store.head(file))?.etag !== this.etag) throw new EarshotError('RUN_FENCED', { file });
  }

  /** All that was measured up to the committed step, as one. @throws CHECKPOINT_CORRUPT */
  measured(): Promise<MetricsSegment> {
    return joined(this.store, this.pointer.segments);
  }

  /** Commits state and metrics together; the state before is deleted afterwards. @throws RUN_FENCED */
  async commit(state: TrainingState, segment: MetricsSegment): Promise<void> {
    const { epoch } = this.pointer;
    const stateKey = this.keys.checkpoint(epoch, state.step);
    const segmentKey = this.keys.metrics(epoch, state.step);
    const eventsKey = this.keys.events(epoch, state.step);
    const measured = segment.steps.length + segment.validation.length > 0;
    // Encoded before anything is awaited: training changes the state in place.
    const bytes = encodeState(state);
    const step = state.step;
    await this.store.put(stateKey, bytes);
    if (measured) {
      await writeJson(this.store, segmentKey, segment);
      await this.store.put(eventsKey, eventFile(segment));
    }
    const old = this.pointer.state;
    const next: Pointer = {
      epoch,
      step,
      state: stateKey,
      segments: measured ? [...this.pointer.segments, segmentKey] : this.pointer.segments,
      events: measured ? [...this.pointer.events, eventsKey] : this.pointer.events,
    };
    const written = await writeJson(this.store, this.keys.checkpointPointer, next, { ifMatch: this.etag });
    if (!written.written) {
      // What was committed under the same key, at the same step, is the other trainer's now.
      if (stateKey !== old) await this.store.delete(stateKey);
      if (measured) for (const key of [segmentKey, eventsKey]) await this.store.delete(key);
      throw new EarshotError('RUN_FENCED', { file: this.keys.checkpointPointer });
    }
    this.pointer = next;
    this.etag = written.etag;
    if (old !== null && old !== stateKey) await this.store.delete(old);
  }
}

/** The state that a run has committed, without taking it over; null at its beginning. @throws CHECKPOINT_CORRUPT */
export async function readCheckpoint(store: ObjectStore, run: string): Promise<TrainingState | null> {
  const key = runKeys(run).checkpointPointer;
  const read = await readJson(store, key, pointerSchema, 'CHECKPOINT_CORRUPT');
  return readState(store, read?.value.state ?? null);
}

/** What a run has measured up to its committed step, without taking it over. @throws CHECKPOINT_CORRUPT */
export async function readMeasured(store: ObjectStore, run: string): Promise<MetricsSegment> {
  const key = runKeys(run).checkpointPointer;
  const read = await readJson(store, key, pointerSchema, 'CHECKPOINT_CORRUPT');
  return joined(store, read?.value.segments ?? []);
}

async function joined(store: ObjectStore, keys: readonly string[]): Promise<MetricsSegment> {
  const segments = await pMap(
    keys,
    async (file) => {
      const read = await readJson(store, file, segmentSchema, 'CHECKPOINT_CORRUPT');
      if (read !== null) return read.value;
      const expected = 'the metrics that the pointer names';
      throw new EarshotError('CHECKPOINT_CORRUPT', { file, expected, received: 'nothing' });
    },
    { concurrency: segmentsAtOnce },
  );
  return {
    steps: segments.flatMap(({ steps }) => steps),
    validation: segments.flatMap(({ validation }) => validation),
  };
}

async function readState(store: ObjectStore, file: string | null): Promise<TrainingState | null> {
  if (file === null) return null;
  const object = await store.get(file);
  if (object === null) {
    const expected = 'the state that the pointer names';
    throw new EarshotError('CHECKPOINT_CORRUPT', { file, expected, received: 'nothing' });
  }
  try {
    return decodeState(object.bytes);
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    throw new EarshotError(error.code, { ...error.details, file }, { cause: error });
  }
}

async function discardUncommitted(
  store: ObjectStore,
  run: string,
  { state, segments, events }: Pointer,
): Promise<void> {
  const { base, checkpointPointer } = runKeys(run);
  const committed = new Set([checkpointPointer, state, ...segments, ...events]);
  for (const prefix of [`${base}checkpoint/`, `${base}metrics/`, `${base}events/`]) {
    for await (const { key } of store.list(prefix)) if (!committed.has(key)) await store.delete(key);
  }
}
