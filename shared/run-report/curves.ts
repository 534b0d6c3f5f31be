import type { Curves } from './schema.ts';

/** More points than a chart has pixels tell nothing. */
const mostPoints = 500;

/** The curves of a run for its report: the loss as means of equally long stretches of steps. */
export function curvesOf(measured: {
  readonly steps: readonly { readonly step: number; readonly loss: number }[];
  readonly validation: readonly {
    readonly step: number;
    readonly mAP: number;
    readonly AUC: number;
    readonly dPrime: number;
  }[];
}): Curves {
  const { steps } = measured;
  const stretch = Math.max(1, Math.ceil(steps.length / mostPoints));
  const loss: Curves['loss'] = [];
  for (let first = 0; first < steps.length; first += stretch) {
    const some = steps.slice(first, first + stretch);
    loss.push({
      step: some.at(-1)!.step,
      loss: some.reduce((sum, step) => sum + step.loss, 0) / some.length,
    });
  }
  const validation = measured.validation.map(({ step, mAP, AUC, dPrime }) => ({ step, mAP, AUC, dPrime }));
  return { loss, validation };
}
