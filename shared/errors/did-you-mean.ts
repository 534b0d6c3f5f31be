import { closest, distance } from 'fastest-levenshtein';

/** ` - did you mean "…"?` when at most a third of the letters differ, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const swapped = known.find((name) => lettersOf(name) === lettersOf(word));
  const nearest = swapped ?? closest(word, known);
  const near = distance(word, nearest) <= Math.max(1, Math.ceil(word.length / 3));
  return near ? ` - did you mean "${nearest}"?` : '';
}

const lettersOf = (word: string) => [...word].sort().join('');
