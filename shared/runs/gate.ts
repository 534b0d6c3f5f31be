import type { Interval } from '../metrics/interval.ts';

export interface GateInput {
  readonly mAP: number;
  /** mAP of a model that knows only how frequent each label is. */
  readonly priorMAP: number;
  /** The served model on the same eval clips; null when none is served or its labels are others. */
  readonly served: {
    readonly version: string;
    readonly mAP: number;
    /** Of the mAP of the new model less that of the served one, by a paired bootstrap over the clips. */
    readonly difference: Interval;
  } | null;
}

export interface GateVerdict {
  readonly passed: boolean;
  readonly reason: string;
}

/**
 * Whether the alias `stable` moves to a new model: it beats the prior, and is not worse than the served one beyond what
 * the choice of the eval clips can explain, which is when the whole interval of the difference lies below 0.
 */
export function judge({ mAP, priorMAP, served }: GateInput): GateVerdict {
  const beatsPrior = mAP > priorMAP;
  const prior = `${beatsPrior ? 'beats' : 'does not beat'} the prior's ${figure(priorMAP)}`;
  if (!beatsPrior || served === null) return { passed: beatsPrior, reason: `mAP ${figure(mAP)} ${prior}` };
  const { low, high } = served.difference;
  const passed = high >= 0;
  const interval = `paired difference ${signed(low)} to ${signed(high)}`;
  return {
    passed,
    reason: `mAP ${figure(mAP)} is ${passed ? 'not ' : ''}worse than version ${served.version}'s ${figure(served.mAP)} on the same clips (${interval})`,
  };
}

const figure = (value: number) => value.toFixed(4);
const signed = (value: number) => `${value < 0 ? '' : '+'}${figure(value)}`;
