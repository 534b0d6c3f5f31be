import type { Tensor } from '@tensorflow/tfjs-core';

/** A tensor that stays in the engine's memory and is updated there. */
export interface Variable {
  /**
   * The value now. It shares the variable's memory and costs nothing, as long as it is disposed of before the next
   * update: that would copy it.
   */
  read(): Tensor;
  assign(value: Tensor): void;
  /** value -= rate · delta */
  descend(rate: number, delta: Tensor): void;
  dispose(): void;
}

/** Adam's variables for one weight. */
export interface AdamVariables {
  readonly weight: Variable;
  readonly m: Variable;
  readonly v: Variable;
}

export interface AdamRates {
  /** With the correction of the moments' bias. */
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What an engine with variables can do; TensorFlow.js itself knows them only as tensors that are replaced. */
export interface Variables {
  create(value: Tensor): Variable;
  /** One fused update of weight and moments, which must be this engine's. */
  adam(variables: AdamVariables, rates: AdamRates, gradient: Tensor): void;
}
