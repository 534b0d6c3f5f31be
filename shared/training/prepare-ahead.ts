import { fileURLToPath } from 'node:url';
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { isStreamed } from '../dataset/streamed-clips.ts';
import { dropoutShapes } from '../model/layout.ts';
import type { Batch } from './batch.ts';
import { emptyMasks, fillMasks } from './dropout-masks.ts';
import { type BatchSource, batchesOf } from './prepare-batch.ts';

/** The batches of a run, each prepared while the one before it is trained on. */
export interface BatchesAhead {
  /**
   * As `batchesOf`, to the bit; quickest when asked for step by step. Rejects as it does. What it gives is good until
   * it is asked again.
   */
  readonly batch: (step: number) => Batch | Promise<Batch>;
  /** Ends the thread; nothing may be asked for any more. */
  close(): Promise<void>;
}

/** Numbers a step below which a thread is not worth its start: some 5 ms of preparation. */
const fewNumbers = 1_000_000;

/**
 * Prepares batches and dropout masks in a thread of their own, which runs the file that this module is bundled in.
 * Small steps and streamed clips, whose windows are fetched ahead anyway, are prepared where they are asked for; so are
 * all where the file cannot be run, as from the sources.
 */
export function batchesAhead(source: BatchSource): BatchesAhead {
  const here = { batch: batchesOf(source), close: async () => {} };
  if (isStreamed(source.table) || numbersOfStep(source) < fewNumbers) return here;
  const file = fileURLToPath(import.meta.url);
  return file.endsWith('.ts') ? here : inThread(source, file);
}

function numbersOfStep({ spec, settings }: BatchSource): number {
  const { width, maxFrames } = spec;
  const masks = dropoutShapes(spec, settings.batchSize).map(([rows, units]) => rows * units);
  return masks.reduce((sum, size) => sum + size, settings.batchSize * maxFrames * width);
}

function inThread(source: BatchSource, file: string): BatchesAhead {
  // Used in turns: new memory for each step would cost the pages of it, and collections of garbage.
  const masks = [0, 1].map(() => emptyMasks(source.spec, source.settings.batchSize, true));
  const worker = new Worker(file, { workerData: { [role]: { source: messageOf(source), masks } } });
  let failure: Error | null = null;
  const waiting = new Map<number, { resolve(batch: Batch): void; reject(error: Error): void }>();
  const asked = new Map<number, Promise<Batch>>();
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', ({ step, batch }: Answer) => {
    waiting.get(step)?.resolve({ ...batch, dropoutMasks: masks[step % 2]! });
    waiting.delete(step);
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the thread that prepares batches ended with ${code}`)));

  const ask = (step: number): void => {
    if (asked.has(step)) return;
    const answer = new Promise<Batch>((resolve, reject) => {
      if (failure !== null) reject(failure);
      else waiting.set(step, { resolve, reject });
    });
    // Whoever wants this step hears of it.
    answer.catch(() => {});
    asked.set(step, answer);
    worker.postMessage(step);
  };
  return {
    async batch(step) {
      ask(step);
      const batch = await asked.get(step)!;
      asked.clear();
      if (step + 1 < source.settings.steps) ask(step + 1);
      return batch;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** What the thread is given. */
interface Work {
  readonly source: BatchSource;
  /** Of even steps, and of odd ones; in shared memory. */
  readonly masks: readonly (readonly Float32Array[])[];
}

interface Answer {
  readonly step: number;
  readonly batch: Batch;
}

const role = 'earshot-batches';

/** All that batches are made of; the frames are shared with the thread, not copied, if they lie in shared memory. */
function messageOf({ spec, settings, preprocessing, table, rows }: BatchSource): BatchSource {
  const { clips, width, maxFrames, frames, frameCounts, labelOffsets, labelIndices } = table;
  const none = new Float32Array();
  const columns = { clips, width, maxFrames, frames, frameCounts, labelOffsets, labelIndices };
  return { spec, settings, preprocessing, rows, table: { ...columns, ids: [], starts: none, ends: none } };
}

function answerSteps({ source, masks }: Work, port: MessagePort): void {
  const { spec, settings } = source;
  const batchOf = batchesOf(source);
  port.on('message', async (step: number) => {
    const batch = await batchOf(step);
    fillMasks(masks[step % 2]!, spec, settings.seed, step);
    const arrays = [batch.frames, batch.mask, batch.targets, ...(batch.mix ? [batch.mix] : [])];
    const buffers = arrays.map(({ buffer }) => buffer as ArrayBuffer);
    port.postMessage({ step, batch } satisfies Answer, buffers);
  });
}

const work: Work | undefined = isMainThread ? undefined : workerData?.[role];
if (work !== undefined && parentPort !== null) answerSteps(work, parentPort);
