import { expect, it } from 'vitest';
import { splitOfClip } from '../../../shared/dataset/split-of-clip.ts';

it('the split of a clip never changes: SHA-256 of the id decides', () => {
  // The fractions that sha256sum gives: 0.740, 0.479, 0.690 and 0.720.
  const ids = ['--4gqARaEJE', '--BfvyPmVMo', 'ünïcödé', 'YAMNet'];
  expect(ids.map((id) => splitOfClip(id, 0.5))).toEqual(['train', 'eval', 'train', 'train']);
  expect(ids.map((id) => splitOfClip(id, 0.7))).toEqual(['train', 'eval', 'eval', 'train']);
});

it('about the wanted share goes to eval, and a larger share only adds to it', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => `clip ${i}`);
  const inEval = (share: number) => ids.filter((id) => splitOfClip(id, share) === 'eval');
  const [fifth, half] = [inEval(0.2), inEval(0.5)];
  // Four standard deviations of a binomial draw.
  expect(Math.abs(fifth.length / ids.length - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / ids.length));
  expect(Math.abs(half.length / ids.length - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / ids.length));
  expect(fifth.filter((id) => !half.includes(id))).toEqual([]);
});

it('clips of one source stay together', () => {
  const of = (n: number) => splitOfClip(`recording#${n}`, 0.5);
  expect(new Set(Array.from({ length: 50 }, (_, n) => of(n)))).toEqual(
    new Set([splitOfClip('recording', 0.5)]),
  );
});
