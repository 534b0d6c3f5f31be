import { expect, it } from 'vitest';
import { learningRateAt } from '../../../shared/training/learning-rate.ts';
import { scheduleSchema } from '../../../shared/training/training-options.ts';

function rates(given: object, at: readonly number[]): number[] {
  const schedule = scheduleSchema.parse(given);
  return at.map((step) => learningRateAt({ learningRate: 0.01, steps: 110, schedule }, step));
}

it('the learning rate is constant unless asked otherwise', () => {
  expect(rates({}, [0, 50, 109])).toEqual([0.01, 0.01, 0.01]);
});

it('the learning rate rises in a line and falls as half a cosine', () => {
  const cosine = rates({ kind: 'cosine', warmupSteps: 10, finalShare: 0.1 }, [0, 4, 9, 10, 60, 110, 500]);
  for (const [i, expected] of [0.001, 0.005, 0.01, 0.01, 0.0055, 0.001, 0.001].entries()) {
    expect(cosine[i]).toBeCloseTo(expected, 12);
  }
});

it('the learning rate falls by steps', () => {
  const stepped = rates({ kind: 'step', everySteps: 30, factor: 0.1, warmupSteps: 2 }, [0, 1, 29, 30, 60]);
  for (const [i, expected] of [0.005, 0.01, 0.01, 0.001, 0.0001].entries()) {
    expect(stepped[i]).toBeCloseTo(expected, 12);
  }
});
