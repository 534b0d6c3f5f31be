import { distance } from 'fastest-levenshtein';
import type { Label } from '../dataset/label-list.ts';
import { isSpeltAlike } from '../errors/did-you-mean.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { preview } from '../errors/parse-with-schema.ts';

const mostSuggestions = 5;

/**
 * The label that a text means: a display name, whatever the case of its letters, a mid, or an index.
 * @throws LABEL_NOT_FOUND with the labels that may have been meant
 */
export function findLabel(text: string, labels: readonly Label[], path: string): Label {
  const wanted = text.trim();
  const lower = wanted.toLowerCase();
  const found =
    labels.find(({ displayName }) => displayName === wanted) ??
    labels.find(({ mid }) => mid === wanted) ??
    labels.find(({ displayName }) => displayName.toLowerCase() === lower) ??
    (/^\d{1,5}$/.test(wanted) ? labels[Number(wanted)] : undefined);
  if (found !== undefined) return found;
  const suggestions = similarLabels(lower, labels);
  throw new EarshotError('LABEL_NOT_FOUND', {
    path,
    expected: `a label of the model by name, mid or index 0..${labels.length - 1}`,
    received: preview(text),
    ...(suggestions.length > 0 ? { suggestions } : {}),
  });
}

/** Display names that are spelt much alike, then those with the word in them, then those with a word of it; of each the nearest first. */
function similarLabels(word: string, labels: readonly Label[]): string[] {
  const words = word.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length > 2);
  return labels
    .flatMap(({ displayName }) => {
      const name = displayName.toLowerCase();
      const isAlike = isSpeltAlike(word, name);
      const hasIt = word !== '' && name.includes(word);
      const hasPart = words.some((part) => name.includes(part));
      if (!isAlike && !hasIt && !hasPart) return [];
      return [{ displayName, rank: isAlike ? 0 : hasIt ? 1 : 2, letters: distance(word, name) }];
    })
    .sort((a, b) => a.rank - b.rank || a.letters - b.letters)
    .slice(0, mostSuggestions)
    .map(({ displayName }) => displayName);
}
