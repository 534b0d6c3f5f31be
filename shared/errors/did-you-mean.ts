import { closest, distance } from 'fastest-levenshtein';

/** ` - did you mean "…"?` when at most a third of the letters differ, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const swapped = known.find((name) => lettersOf(name) === lettersOf(word));
  const nearest = swapped ?? closest(word, known);
  return isSpeltAlike(word, nearest) ? ` - did you mean "${nearest}"?` : '';
}

/** At most a third of the letters differ, or only their order. */
export function isSpeltAlike(word: string, name: string): boolean {
  const most = Math.max(1, Math.ceil(word.length / 3));
  return distance(word, name) <= most || lettersOf(word) === lettersOf(name);
}

const lettersOf = (word: string) => [...word].sort().join('');
