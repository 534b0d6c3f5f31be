import { describe, expect, it } from 'vitest';
import { resample } from '../../../shared/audio/resample.ts';

const sine = (hertz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: Math.floor(rate * seconds) }, (_, i) =>
    Math.sin((2 * Math.PI * hertz * i) / rate),
  );
const power = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value ** 2, 0) / values.length;
const decibels = (ratio: number) => 10 * Math.log10(ratio);
/** Without the ends, where the filter reaches into the silence around the sound. */
const inner = (values: Float32Array, margin = 200) => values.subarray(margin, -margin);

describe('resampling to 16 kHz', () => {
  it.each([8000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 12_345, 44_101])(
    'keeps a tone that was at %i Hz',
    (rate) => {
      const heard = resample(sine(1000, rate, 0.2), rate, 16_000);
      const wanted = sine(1000, 16_000, 0.2);
      expect(heard.length).toBe(Math.floor((Math.floor(rate * 0.2) * 16_000) / rate));
      const error = inner(heard).map((value, i) => value - inner(wanted)[i]!);
      expect(decibels(power(inner(wanted)) / power(error))).toBeGreaterThan(110);
    },
  );

  it.each([8500, 10_000, 15_000, 20_000])('lets nothing of %i Hz fold over', (hertz) => {
    const heard = resample(sine(hertz, 44_100, 0.2), 44_100, 16_000);
    expect(decibels(power(inner(heard)) / 0.5)).toBeLessThan(-110);
  });

  it('keeps what VGGish hears, and halves it where its filter has its half height', () => {
    const gain = (hertz: number) =>
      decibels(power(inner(resample(sine(hertz, 44_100, 0.2), 44_100, 16_000))) / 0.5);
    for (const hertz of [100, 3000, 6000, 6800]) expect(Math.abs(gain(hertz))).toBeLessThan(0.01);
    expect(gain(0.9475937 * 8000)).toBeCloseTo(-6.02, 1);
  });

  it('leaves samples of the same rate as they are, and makes nothing of nothing', () => {
    const samples = sine(440, 16_000, 0.01);
    expect(resample(samples, 16_000, 16_000)).toBe(samples);
    expect(resample(new Float32Array(0), 44_100, 16_000)).toHaveLength(0);
    expect(resample(new Float32Array(1), 44_100, 16_000)).toHaveLength(0);
    expect([...resample(new Float32Array(7), 44_100, 16_000)]).toEqual([0, 0]);
  });
});
