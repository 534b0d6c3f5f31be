/** One weight array, row-major. */
export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Name → weight, in the order of the model's layout. */
export type Weights = ReadonlyMap<string, Weight>;

/** One weight of a model before it has values. */
export interface WeightSlot {
  readonly name: string;
  readonly shape: readonly number[];
  /** `trained` by gradient; `statistic` = moving batch-norm statistic; `fixed` = set once before training. */
  readonly role: 'trained' | 'statistic' | 'fixed';
  readonly start:
    | 'glorot'
    | 'zeros'
    | 'ones'
    | 'prior'
    | 'input-mean'
    | 'input-deviation'
    | 'frame-deviation';
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** @throws Error when the model has no such weight: a fault of the code, never of data. */
export function weightNamed(weights: Weights, name: string): Weight {
  const weight = weights.get(name);
  if (weight === undefined) throw new Error(`the model has no weight ${name}`);
  return weight;
}
