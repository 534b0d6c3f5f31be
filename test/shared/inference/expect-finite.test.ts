import { expect, it } from 'vitest';
import { expectFinite } from '../../../shared/inference/expect-finite.ts';

it('scores that are numbers pass', () => {
  expect(() => expectFinite([Float32Array.of(0, 1, 0.5), new Float32Array(0)])).not.toThrow();
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  '%s is a fault of the model',
  (value) => {
    expect(() => expectFinite([Float32Array.of(0.5), Float32Array.of(0.5, value, 0.1)])).toThrowError(
      expect.objectContaining({
        code: 'SCORES_NOT_FINITE',
        details: { path: 'clips[1]', expected: '0..1', received: `${value}` },
      }),
    );
  },
);

it('infinities of both signs are none the less', () => {
  expect(() => expectFinite([Float32Array.of(Infinity, -Infinity)])).toThrow();
});
