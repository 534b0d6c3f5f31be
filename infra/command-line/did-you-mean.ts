import { closest, distance } from 'fastest-levenshtein';

/** ` - did you mean "…"?` when at most a third of the letters differ, or their order alone; else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === null ? '' : ` - did you mean "${meant}"?`;
}

/** What was probably meant by a word that is none of the known; null when nothing is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word === '' || known.length === 0) return null;
  const swapped = known.find((name) => lettersOf(name) === lettersOf(word));
  const meant = swapped ?? closest(word, known);
  return distance(word, meant) <= Math.max(1, Math.ceil(word.length / 3)) ? meant : null;
}

const lettersOf = (word: string) => [...word].sort().join('');
