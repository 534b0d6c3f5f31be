import { describe, expect, it } from 'vitest';
import { audiosetLabels } from '../../../shared/dataset/label-list.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { clipLink } from '../../../shared/search/clip-link.ts';
import { findLabel } from '../../../shared/search/find-label.ts';
import { spreadOfLabels } from '../../../shared/search/spread-of-labels.ts';

const found = (text: string) => findLabel(text, audiosetLabels, 'query.label').displayName;

function suggestionsFor(text: string) {
  try {
    return found(text);
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'LABEL_NOT_FOUND') throw error;
    expect(error.details.path).toBe('query.label');
    return error.details.suggestions;
  }
}

describe('a label', () => {
  it.each([
    ['Car', 'Car'],
    [' car ', 'Car'],
    ['/m/0k4j', 'Car'],
    ['300', audiosetLabels[300]!.displayName],
    ['0', 'Speech'],
    ['male speech, man speaking', 'Male speech, man speaking'],
  ])('is found by %j', (text, name) => {
    expect(found(text)).toBe(name);
  });

  it('of a name that is a number, or that another has in other letters, is found by its exact name', () => {
    const labels = ['7', 'dog', 'Dog'].map((displayName, index) => ({
      index,
      mid: `/m/${displayName}`,
      displayName,
    }));
    expect(['7', 'Dog', 'dog', '1', 'DOG'].map((text) => findLabel(text, labels, 'label').index)).toEqual([
      0, 2, 1, 1, 1,
    ]);
  });

  it.each([
    ['Kar', 'Car'],
    ['Speach', 'Speech'],
    ['guitar solo', 'Guitar'],
    ['barking', 'Bark'],
    ['siren', 'Siren'],
  ])('that is none, as %j, has its likes suggested', (text, name) => {
    expect([suggestionsFor(text)].flat()).toContain(name);
  });

  it('that is like nothing has nothing suggested', () => {
    expect(suggestionsFor('527')).toBeUndefined();
    expect(suggestionsFor('qqqqqqqqqqqqqq')).toBeUndefined();
    expect(suggestionsFor('   ')).toBeUndefined();
  });
});

describe('the link of a clip', () => {
  it('leads to the second of the video at which the clip starts', () => {
    expect(clipLink('--4gqARaEJE', 0)).toBe('https://www.youtube.com/watch?v=--4gqARaEJE&t=0');
    expect(clipLink('--4gqARaEJE', 30.9)).toBe('https://www.youtube.com/watch?v=--4gqARaEJE&t=30');
  });

  it('is none where the id is no id of YouTube, or the start is not known', () => {
    for (const id of ['dog_bark_01', 'clip-1', '--4gqARaEJE.wav', '']) expect(clipLink(id, 0)).toBeNull();
    expect(clipLink('--4gqARaEJE', null)).toBeNull();
  });
});

describe('a spread of labels', () => {
  const table = (clips: readonly (readonly number[])[]) => ({
    clips: clips.length,
    labelOffsets: Uint32Array.from([0, ...clips.map((_, i) => clips.slice(0, i + 1).flat().length)]),
    labelIndices: Uint16Array.from(clips.flat()),
  });

  it('takes a clip of each label in turn, and none twice', () => {
    const clips = table([[0], [0], [0, 2], [1], [2], []]);
    expect(spreadOfLabels(clips, 3)).toEqual([0, 3, 2]);
    expect(spreadOfLabels(clips, 4)).toEqual([0, 3, 2, 1]);
    expect(spreadOfLabels(clips, 99)).toEqual([0, 3, 2, 1, 4, 5]);
  });
});
