import { weightLayout } from '../model/layout.ts';
import type { ModelSpec } from '../model/model-spec.ts';
import type { Weight, Weights } from '../model/weights.ts';

/** One point of the training curve. */
export interface CurvePoint {
  /** Updates made so far. */
  readonly step: number;
  /** Passes over the training clips so far. */
  readonly epoch: number;
  /** Mean over the updates since the point before; with dropout. */
  readonly trainingLoss: number;
  /** Of the averaged weights on the validation split; null when there is none. */
  readonly validation: ValidationPoint | null;
}

export interface ValidationPoint {
  readonly mAP: number;
  readonly AUC: number;
  readonly dPrime: number;
  /** Mean binary cross-entropy over clips and labels. */
  readonly loss: number;
}

/** What early stopping goes back to. */
export interface BestSoFar {
  /** Updates made then. */
  readonly step: number;
  /** Of the metric that early stopping watches. */
  readonly value: number;
  /** Evaluations since then. */
  readonly evaluationsSince: number;
  /** The averaged weights of then, by name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** The averaged weights at one evaluation, by name. */
export interface KeptWeights {
  /** Updates made then. */
  readonly step: number;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/**
 * All that a run needs to go on as if it had never stopped. Samples, mixing and dropout follow from seed and
 * step. Arrays are updated in place: encode a state before the next step.
 */
export interface TrainingState {
  /** Of the model, the settings and the training clips; a state goes on only under the same ones. */
  readonly fingerprint: string;
  /** Updates made. */
  step: number;
  /** Seconds of training, over all attempts. */
  seconds: number;
  /** Training losses since the last point of the curve. */
  lossSum: number;
  lossCount: number;
  curve: CurvePoint[];
  /** By name of the layout. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Adam's moments, of the trained weights. */
  readonly m: ReadonlyMap<string, Float32Array>;
  readonly v: ReadonlyMap<string, Float32Array>;
  /** Moving average of trained weights and of batch-norm statistics. */
  readonly average: ReadonlyMap<string, Float32Array>;
  /** Kept when the run stops early; null before the first evaluation. */
  best: BestSoFar | null;
  /** Of the last evaluations, oldest first, where their probabilities are to be averaged. */
  recent: readonly KeptWeights[];
}

export function initialState(fingerprint: string, spec: ModelSpec, start: Weights): TrainingState {
  const slots = weightLayout(spec);
  const trained = slots.filter(({ role }) => role === 'trained');
  const zeros = () =>
    new Map(trained.map(({ name }) => [name, new Float32Array(start.get(name)!.values.length)]));
  const copies = () => new Map(slots.map(({ name }) => [name, start.get(name)!.values.slice()]));
  return {
    fingerprint,
    step: 0,
    seconds: 0,
    lossSum: 0,
    lossCount: 0,
    curve: [],
    weights: copies(),
    m: zeros(),
    v: zeros(),
    average: copies(),
    best: null,
    recent: [],
  };
}

/** A copy of the averaged, the last or the best weights, with their shapes. */
export function weightsOf(
  state: TrainingState,
  which: 'average' | 'last' | 'best',
  spec: ModelSpec,
): Map<string, Weight> {
  const values = { average: state.average, last: state.weights, best: state.best?.weights }[which];
  if (values === undefined) throw new Error('no best weights are kept');
  return shaped(values, spec);
}

/** A copy of the weights with their shapes. */
export function shaped(values: ReadonlyMap<string, Float32Array>, spec: ModelSpec): Map<string, Weight> {
  return new Map(
    weightLayout(spec).map(({ name, shape }) => [name, { shape, values: values.get(name)!.slice() }]),
  );
}

export function hasFiniteWeights(state: TrainingState): boolean {
  for (const values of state.weights.values()) {
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  }
  return true;
}
