import { expect, it } from 'vitest';
import { quantise } from '../../../shared/audio/quantise.ts';

const identity = { eigenVectors: Float32Array.of(1, 0, 0, 1), means: Float32Array.of(0, 0) };

it('cuts to -2..2 and counts full steps of 4/255 from the lower end', () => {
  const step = 4 / 255;
  const values = [-9, -2, -2 + 0.99 * step, -2 + 1.01 * step, 0, 1.99, 2, 9];
  expect([...quantise(Float32Array.from(values), identity)]).toEqual([0, 0, 0, 1, 127, 254, 255, 255]);
});

it('takes the means off and turns by the rows of the eigenvectors', () => {
  const turned = { eigenVectors: Float32Array.of(0, 2, 1, 1), means: Float32Array.of(0.5, -0.25) };
  // [0, 2] . [0.25, 0.5] = 1; [1, 1] . [0.25, 0.5] = 0.75
  expect([...quantise(Float32Array.of(0.75, 0.25), turned)]).toEqual([191, 175]);
});
