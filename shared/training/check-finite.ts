import { EarshotError } from '../errors/earshot-error.ts';
import type { StepGradients } from './gradients.ts';

/**
 * The gradient too, because ReLU turns NaN into 0 and would hide lost weights from the loss.
 *
 * @throws EarshotError TRAINING_DIVERGED naming the step
 */
export function checkFinite(step: number, { loss, gradients, statistics }: StepGradients): void {
  if (!Number.isFinite(loss)) throw diverged('loss', step, loss);
  for (const [name, values] of [...gradients, ...statistics]) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    if (!Number.isFinite(sum)) throw diverged(`gradient of ${name}`, step, sum);
  }
}

function diverged(what: string, step: number, received: number): EarshotError {
  return new EarshotError('TRAINING_DIVERGED', {
    field: `${what} of step ${step}`,
    expected: 'a finite number',
    received: `${received}`,
  });
}
