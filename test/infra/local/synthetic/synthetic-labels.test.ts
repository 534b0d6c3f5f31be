import { expect, it } from 'vitest';
import { childrenOf, syntheticLabels } from '../../../../infra/local/synthetic/synthetic-labels.ts';
import { audiosetLabels } from '../../../../shared/dataset/label-list.ts';

const named = (name: string) => syntheticLabels.find((label) => label.displayName === name)!;

it('has 24 different labels with the names and machine ids of AudioSet, in its order', () => {
  expect(syntheticLabels).toHaveLength(24);
  expect(syntheticLabels.map((label) => label.index)).toEqual([...Array(24).keys()]);
  const places = syntheticLabels.map(({ mid, displayName }) =>
    audiosetLabels.findIndex((label) => label.mid === mid && label.displayName === displayName),
  );
  expect(places).not.toContain(-1);
  expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  expect(named('Speech').mid).toBe('/m/09x0r');
  expect(named('Music').mid).toBe('/m/04rlf');
});

it('puts children below the ancestors that the AudioSet ontology gives them', () => {
  const below = (name: string) =>
    childrenOf(named(name).index).map((index) => syntheticLabels[index]!.displayName);
  expect(below('Speech')).toEqual(['Male speech, man speaking', 'Female speech, woman speaking']);
  expect(below('Animal')).toEqual(['Dog', 'Cat', 'Bird']);
  expect(below('Dog')).toEqual(['Bark']);
  expect(below('Music')).toEqual(['Guitar', 'Piano', 'Drum']);
  expect(below('Water')).toEqual(['Rain']);
  expect(below('Vehicle')).toEqual(['Car', 'Train']);
});

it('lets every parent come before its children and be more frequent than they make it', () => {
  for (const { index, prevalence } of syntheticLabels) {
    const children = childrenOf(index).map((child) => syntheticLabels[child]!);
    for (const child of children) expect(child.index).toBeGreaterThan(index);
    const brought = children.reduce((sum, child) => sum + child.closure * child.prevalence, 0);
    expect(prevalence).toBeGreaterThan(brought);
  }
});
