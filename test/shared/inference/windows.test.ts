import fc from 'fast-check';
import { expect, it } from 'vitest';
import { windowsOf } from '../../../shared/inference/score-clips.ts';

it('a clip that the model takes whole is one window', () => {
  expect(windowsOf(1, 10, 5)).toEqual([{ start: 0, end: 1 }]);
  expect(windowsOf(10, 10, 5)).toEqual([{ start: 0, end: 10 }]);
  expect(windowsOf(11, 10, 5)).toEqual([
    { start: 0, end: 10 },
    { start: 1, end: 11 },
  ]);
});

it('windows of a long clip are full, at the hop from each other but the last, and leave no frame out', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(),
      (frames, size, n) => {
        const hop = 1 + (n % size);
        const windows = windowsOf(frames, size, hop);
        for (const { start, end } of windows) expect(end - start).toBe(Math.min(size, frames));
        expect(windows[0]!.start).toBe(0);
        expect(windows.at(-1)!.end).toBe(frames);
        for (const [i, { start }] of windows.slice(0, -1).entries()) expect(start).toBe(i * hop);
        for (const [i, { start }] of windows.slice(1).entries()) {
          expect(start).toBeGreaterThan(windows[i]!.start);
          expect(start).toBeLessThanOrEqual(windows[i]!.end);
        }
      },
    ),
  );
});
