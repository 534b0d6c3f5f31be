import { beforeAll, describe, expect, it } from 'vitest';
import { parseSearchOptions, search, searchLines } from '../../../infra/commands/search-command.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { evalClips, publishEvaluated } from '../../fixtures/evaluated-version.ts';
import { freshBuckets } from '../../fixtures/object-store/fresh-buckets.ts';

const freshBucket = freshBuckets();
const labels = 5;
const ownClip = { ...evalClips(1)[0]!, id: 'own-1', start: Number.NaN, end: Number.NaN };
const clips = [...evalClips(12), ownClip];
let store: ObjectStore;
let scores: Float32Array;

beforeAll(async () => {
  store = await freshBucket();
  ({ scores } = await publishEvaluated(store, clips));
});

const ranked = (label: number) =>
  clips
    .map(({ id }, row) => ({ id, probability: scores[row * labels + label]! }))
    .sort((a, b) => b.probability - a.probability);

describe('serverless search', () => {
  it('finds the clips that have the label most in the model that changed last, and says each in a line', async () => {
    const report = await search(store, parseSearchOptions({ label: ['bell,', 'struck'], top: '13' }));
    expect(report).toMatchObject({
      label: { index: 4, id: '/m/4', name: 'Bell, struck' },
      model: { name: 'small', version: '1' },
      clips: ranked(4),
    });
    const [title, ...lines] = searchLines(report);
    expect(title).toBe('Bell, struck (/m/4): first 13 of the 13 clips that small/1 was evaluated on');
    expect(lines).toHaveLength(13);
    for (const [i, { id, link, probability, labels: truth }] of report.clips.entries()) {
      expect(lines[i]).toContain(`${(100 * probability).toFixed(1)} %`);
      expect(lines[i]).toContain(id === 'own-1' ? '  own-1  ' : `${link}  `);
      expect(lines[i]).toContain(truth.map(({ name }) => name).join(', '));
    }
  });

  it('gives 20 clips of the named model unless it is said', () => {
    expect(parseSearchOptions({ label: 'Dog', model: 'small' })).toEqual({
      label: 'Dog',
      topK: 20,
      model: 'small',
    });
  });

  it.each([
    {},
    { label: [''] },
    { label: 'Dog', top: '0' },
    { label: 'Dog', top: '51' },
    { label: 'Dog', top: 'x' },
  ])('refuses %j', (options) => {
    expect(() => parseSearchOptions(options)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('knows neither a model nor a label that is not there', async () => {
    await expect(search(store, { label: 'Dog', topK: 1, model: 'other' })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
    });
    await expect(search(store, { label: 'Dgo', topK: 1, model: null })).rejects.toMatchObject({
      code: 'LABEL_NOT_FOUND',
      details: { path: 'label', suggestions: ['Dog'] },
    });
  });
});
