import { expect, it } from 'vitest';
import { compareScores, sharedLabels } from '../../../shared/inference/comparison.ts';
import { isInShare } from '../../../shared/inference/traffic-share.ts';
import {
  disagreementOf,
  noComparison,
  readComparison,
  withRequest,
  writeComparison,
} from '../../../shared/registry/comparisons.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';

const freshBucket = freshBuckets();
const labels = (...mids: string[]) => mids.map((mid, index) => ({ index, mid, displayName: mid }));
const same = sharedLabels(labels('a', 'b', 'c'), labels('a', 'b', 'c'));
const scores = (...values: number[]) => Float32Array.from(values);

it('the difference of two versions is told over all labels, the first five, and those above the threshold', () => {
  const [ours, theirs] = [scores(0.75, 0.25, 0.125), scores(0.25, 0.5, 0.125)];
  expect(compareScores(ours, theirs, 0, same)).toEqual({
    mean: 0.25,
    largest: 0.5,
    sameTop1: false,
    top5Overlap: 1,
    labelsDiffer: true,
  });
  expect(compareScores(ours, theirs, 0.2, same).labelsDiffer).toBe(false);
  expect(compareScores(ours, ours, 0, same)).toMatchObject({ mean: 0, sameTop1: true, labelsDiffer: false });
});

it('of seven labels, five count as the first', () => {
  const seven = sharedLabels(labels(...'abcdefg'), labels(...'abcdefg'));
  const ours = scores(0.9, 0.8, 0.7, 0.6, 0.5, 0.1, 0.1);
  const theirs = scores(0.9, 0.8, 0.7, 0.1, 0.1, 0.6, 0.5);
  expect(compareScores(ours, theirs, 0, seven)).toMatchObject({ sameTop1: true, top5Overlap: 3 / 5 });
});

it('of unlike label lists, the labels that both have are compared', () => {
  const shared = sharedLabels(labels('a', 'b', 'c'), labels('c', 'x', 'a'));
  expect(shared).toEqual({ stable: [0, 2], candidate: [2, 0] });
  expect(compareScores(scores(0.75, 0, 0.5), scores(0.5, 1, 0.75), 0, shared)).toMatchObject({ mean: 0 });
});

it('a share of the requests is the same requests each time, and those of a smaller share are among them', () => {
  const ids = Array.from({ length: 4000 }, (_, i) => `request-${i}`);
  const inShare = (share: number) => ids.filter((id) => isInShare(id, '2', share));
  expect(inShare(0)).toEqual([]);
  expect(inShare(1)).toEqual(ids);
  const tenth = inShare(0.1);
  // Five standard deviations to each side.
  expect(Math.abs(tenth.length - 400)).toBeLessThan(5 * Math.sqrt(4000 * 0.1 * 0.9));
  expect(inShare(0.1)).toEqual(tenth);
  const half = new Set(inShare(0.5));
  expect(tenth.every((id) => half.has(id))).toBe(true);
});

it('what the instances have compared adds up', async () => {
  const store = await freshBucket();
  const pair = { model: 'm', stable: '1', candidate: '2' };
  expect(await readComparison(store, pair)).toBeNull();
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  const clip = { mean: 0.5, largest: 0.75, sameTop1: true, top5Overlap: 0.5, labelsDiffer: true };
  const other = { mean: 0, largest: 0, sameTop1: false, top5Overlap: 1, labelsDiffer: false };
  await writeComparison(store, pair, 'one', withRequest(noComparison(at(5)), [clip, other], at(6)));
  await writeComparison(store, pair, 'two', {
    ...withRequest(noComparison(at(1)), [other], at(2)),
    skipped: 3,
  });
  const all = (await readComparison(store, pair))!;
  expect(all).toMatchObject({ instances: 2, requests: 2, clips: 3, skipped: 3, failed: 0 });
  expect([all.from, all.to]).toEqual([at(1).toISOString(), at(6).toISOString()]);
  expect(disagreementOf(all)).toEqual({
    meanDifference: 0.5 / 3,
    largestDifference: 0.75,
    sameTop1: 1 / 3,
    top5Overlap: 2.5 / 3,
    labelsDiffer: 1 / 3,
  });
  expect(disagreementOf(noComparison(at(1)))).toBeNull();
});
