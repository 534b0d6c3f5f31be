import type { ResolvedSettings } from './settings.ts';

/** The learning rate of a step, which counts from 0. */
export function learningRateAt(
  { learningRate, schedule, steps }: Pick<ResolvedSettings, 'learningRate' | 'schedule' | 'steps'>,
  step: number,
): number {
  const { kind, warmupSteps, finalShare, everySteps, factor } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  switch (kind) {
    case 'constant':
      return learningRate;
    case 'step':
      return learningRate * factor ** Math.floor(step / everySteps);
    case 'cosine': {
      const done = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
      return learningRate * (finalShare + ((1 - finalShare) * (1 + Math.cos(Math.PI * done))) / 2);
    }
  }
}
