import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import type { ClipTable } from '../shared/dataset/clip-table.ts';
import type { Engine } from '../shared/engine/engine.ts';
import { type RankingMetrics, rankingMetrics } from '../shared/metrics/ranking-metrics.ts';
import type { ModelSpec } from '../shared/model/model-spec.ts';
import { preprocessingOf } from '../shared/model/preprocessing.ts';
import { clipsPerClass } from '../shared/training/clips-per-class.ts';
import { labelsOf, scoreRows } from '../shared/training/evaluate.ts';
import {
  type ResolvedSettings,
  resolveTraining,
  type TrainingSettings,
} from '../shared/training/settings.ts';
import { decodeState, encodeState } from '../shared/training/state-codec.ts';
import { trainClassifier } from '../shared/training/train-classifier.ts';
import { type CurvePoint, type TrainingState, weightsOf } from '../shared/training/training-state.ts';
import { splitValidation } from '../shared/training/validation-split.ts';
import type { TrainAndEval } from './audioset-clips.ts';

export type Figures = Pick<RankingMetrics, 'mAP' | 'AUC' | 'dPrime'>;

/** What is written of an entry that is trained to its end. */
export interface HeadRecord {
  readonly settings: ResolvedSettings;
  readonly model: ModelSpec['model'];
  readonly engine: string;
  readonly parameters: number;
  readonly steps: number;
  /** Which weights the model has: see `chooseWeights`. */
  readonly chosen: string;
  readonly clips: { readonly train: number; readonly validation: number; readonly eval: number };
  /** Of the steps and their validations; what the points on eval cost is not in them. */
  readonly seconds: { readonly wall: number; readonly processor: number };
  readonly load: { readonly begin: number; readonly end: number };
  readonly curve: readonly CurvePoint[];
  /** Of the averaged weights at the same steps. Nothing is chosen by them. */
  readonly evalCurve: readonly (Figures & { readonly step: number })[];
  readonly validation: Figures;
  readonly eval: Figures;
}

/** The part of a record that a killed run goes on from, beside the checkpoint. */
type Progress = Pick<HeadRecord, 'evalCurve'> & { readonly wall: number; readonly processor: number };

const fileOf = (folder: string, name: string, what: string) => path.join(folder, `${name}.${what}`);

export function readRecord(folder: string, name: string): HeadRecord | null {
  const file = fileOf(folder, name, 'json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

/** Probabilities `[clips, labels]` of an entry that has a record. */
export function readScores(folder: string, name: string, of: 'eval' | 'validation'): Float32Array {
  const bytes = readFileSync(fileOf(folder, name, `${of}.f32`));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Trains an entry by the product's own trainer and writes its record, unless there is one. */
export async function runEntry(
  folder: string,
  name: string,
  asked: TrainingSettings,
  engine: Engine,
  data: TrainAndEval,
  labels: number,
): Promise<HeadRecord> {
  const before = readRecord(folder, name);
  if (before !== null) return before;
  const { train, evaluate } = data;
  const { spec, settings: resolved } = resolveTraining(asked, {
    ...{ clips: train.clips, width: train.width, maxFrames: train.maxFrames, labels },
    clipsPerClass: clipsPerClass(train),
  });
  // A checkpoint at each evaluation, for the curve on eval.
  const settings = { ...resolved, checkpointEverySteps: resolved.evaluateEverySteps };
  const kept = keeper(folder, name);
  const began = kept.progress();
  const evalCurve = [...began.evalCurve];
  const clock = new Clock(began.wall, began.processor);
  const load = { begin: loadavg()[0]!, end: 0 };
  const preprocessing = preprocessingOf(train.frames);
  const score = (scoring: Pick<Parameters<typeof scoreRows>[0], 'spec' | 'weights' | 'table' | 'rows'>) =>
    scoreRows({ tf: engine.tf, preprocessing, ...scoring });
  const result = await trainClassifier({
    ...{ engine, spec, settings, train, evaluate },
    resume: kept.state(),
    onPhase: (phase) => {
      if (phase === 'evaluating') clock.stop();
    },
    onCheckpoint: async (state) => {
      clock.stop();
      if (evalCurve.at(-1)?.step !== state.step) {
        const weights = weightsOf(state, 'average', spec);
        const figures = figuresOf(evaluate, labels, await score({ spec, weights, ...allOf(evaluate) }));
        evalCurve.push({ step: state.step, ...figures });
        console.error(`${name}: step ${state.step} of ${settings.steps}, mAP ${figures.mAP.toFixed(4)}`);
      }
      kept.keep(state, { evalCurve, ...clock.spent });
      clock.start();
    },
  });
  if (result.outcome === 'aborted') throw new Error('nothing aborts it');
  load.end = loadavg()[0]!;
  const rows = splitValidation(train).validation;
  const validation = await score({ spec: result.spec, weights: result.weights, table: train, rows });
  const record: HeadRecord = {
    settings,
    model: spec.model,
    engine: `${engine.name}: ${engine.version}`,
    parameters: result.parameters,
    steps: result.steps,
    chosen: result.chosen,
    clips: result.clips,
    seconds: clock.spent,
    load,
    curve: result.curve,
    evalCurve,
    validation: figuresOf(labelsOf(train, rows), labels, validation),
    eval: figuresOf(evaluate, labels, result.scores),
  };
  writeFileSync(fileOf(folder, name, 'validation.f32'), bytesOf(validation));
  writeFileSync(fileOf(folder, name, 'eval.f32'), bytesOf(result.scores));
  kept.finish(record);
  return record;
}

export function figuresOf(
  table: Parameters<typeof rankingMetrics>[0],
  labels: number,
  scores: Float32Array,
): Figures {
  const { mAP, AUC, dPrime } = rankingMetrics(table, labels, scores);
  return { mAP, AUC, dPrime };
}

const allOf = (table: ClipTable) => ({
  table,
  rows: Uint32Array.from({ length: table.clips }, (_, row) => row),
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The files that a killed run goes on from. */
function keeper(folder: string, name: string) {
  const checkpoint = fileOf(folder, name, 'checkpoint');
  const progress = fileOf(folder, name, 'progress');
  const put = (file: string, content: Uint8Array | string) => {
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  };
  return {
    state: () => (existsSync(checkpoint) ? decodeState(readFileSync(checkpoint)) : undefined),
    progress: (): Progress =>
      existsSync(checkpoint)
        ? JSON.parse(readFileSync(progress, 'utf8'))
        : { evalCurve: [], wall: 0, processor: 0 },
    keep: (state: TrainingState, so: Progress) => {
      put(progress, JSON.stringify(so));
      put(checkpoint, encodeState(state));
    },
    finish: (record: HeadRecord) => {
      put(fileOf(folder, name, 'json'), `${JSON.stringify(record, null, 1)}\n`);
      rmSync(checkpoint, { force: true });
      rmSync(progress, { force: true });
    },
  };
}

/** Seconds by the clock and of the processor, while it runs. */
class Clock {
  private wall: number;
  private processor: number;
  private since: { readonly wall: number; readonly processor: number } | null = null;

  constructor(wall: number, processor: number) {
    this.wall = wall;
    this.processor = processor;
    this.start();
  }

  get spent() {
    return { wall: this.wall, processor: this.processor };
  }

  start(): void {
    this.since = now();
  }

  stop(): void {
    if (this.since === null) return;
    const { wall, processor } = now();
    this.wall += wall - this.since.wall;
    this.processor += processor - this.since.processor;
    this.since = null;
  }
}

function now() {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, processor: (user + system) / 1e6 };
}
