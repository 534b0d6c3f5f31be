import { type TrainingSettings, trainingSettingsSchema } from '../shared/training/settings.ts';

/** What is trained, by the name of its record. */
export const entries: Readonly<Record<string, object>> = {
  'best-1': { recipe: 'best', seed: 1 },
  'best-2': { recipe: 'best', seed: 2 },
  'best-3': { recipe: 'best', seed: 3 },
  'best-4': { recipe: 'best', seed: 4 },
  'fast-1': { recipe: 'fast', seed: 1 },
  'fast-2': { recipe: 'fast', seed: 2 },
  'fast-3': { recipe: 'fast', seed: 3 },
  'feature-attention': { recipe: 'feature-attention' },
  'multi-attention': { recipe: 'multi-attention' },
  'single-attention': { recipe: 'single-attention' },
  'average-pooling': { recipe: 'average-pooling' },
  'max-pooling': { recipe: 'max-pooling' },
};

/** Those of the reference, which `best` is held against. */
export const referenceHeads = [
  'feature-attention',
  'multi-attention',
  'single-attention',
  'average-pooling',
  'max-pooling',
];

/** Means of the probabilities of several entries, as `members` makes them. */
export const blends: Readonly<Record<string, readonly string[]>> = {
  'best, 4 members': ['best-1', 'best-2', 'best-3', 'best-4'],
  'best and feature-attention': ['best-1', 'feature-attention'],
  'best, 3 members': ['best-1', 'best-2', 'best-3'],
  'best, 3 members, and feature-attention': ['best-1', 'best-2', 'best-3', 'feature-attention'],
  'best, feature-attention and multi-attention': ['best-1', 'feature-attention', 'multi-attention'],
  'best, 2 members, and both attentions': ['best-1', 'best-2', 'feature-attention', 'multi-attention'],
  'best, 4 members, and both attentions': [
    'best-1',
    'best-2',
    'best-3',
    'best-4',
    'feature-attention',
    'multi-attention',
  ],
};

/** @param wanted a name of the above, or `NAME={training settings as JSON}`; none are all of the above */
export function entriesOf(wanted: readonly string[]): Map<string, TrainingSettings> {
  const named = wanted.length === 0 ? Object.keys(entries) : wanted;
  return new Map(
    named.map((text) => {
      const [name, json] = /^([\w.-]+)(?:=(.*))?$/s.exec(text)?.slice(1) ?? [];
      const settings = json === undefined ? entries[name ?? ''] : JSON.parse(json);
      if (settings === undefined) throw new Error(`${text} is none of ${Object.keys(entries).join(', ')}`);
      return [name!, trainingSettingsSchema.parse(settings)];
    }),
  );
}
