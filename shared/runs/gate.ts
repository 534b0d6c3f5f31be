/** How much lower the mAP may be than the served model's on the same clips: ten times the spread between seeds. */
const tolerance = 0.006;

export interface GateInput {
  readonly mAP: number;
  /** mAP of a model that knows only how frequent each label is. */
  readonly priorMAP: number;
  /** The served model on the same eval clips; null when none is served or its labels are others. */
  readonly served: { readonly version: string; readonly mAP: number } | null;
}

export interface GateVerdict {
  readonly passed: boolean;
  readonly reason: string;
}

/** Whether the alias `stable` moves to a new model. */
export function judge({ mAP, priorMAP, served }: GateInput): GateVerdict {
  const figure = (value: number) => value.toFixed(4);
  if (!(mAP > priorMAP)) {
    return { passed: false, reason: `mAP ${figure(mAP)} does not beat the prior's ${figure(priorMAP)}` };
  }
  if (served === null)
    return { passed: true, reason: `mAP ${figure(mAP)} beats the prior's ${figure(priorMAP)}` };
  const against = `version ${served.version}'s ${figure(served.mAP)} on the same clips`;
  return mAP >= served.mAP - tolerance
    ? { passed: true, reason: `mAP ${figure(mAP)} is not worse than ${against}` }
    : { passed: false, reason: `mAP ${figure(mAP)} is worse than ${against}` };
}
