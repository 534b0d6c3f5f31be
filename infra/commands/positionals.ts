/** Commands that take words behind their name, and the option that each word becomes; the last may repeat. */
const positionals: Readonly<Record<string, readonly string[]>> = {
  upload: ['path'],
  'data convert': ['embeddings'],
  'data report': ['dataset'],
  replay: ['key'],
  train: ['dataset'],
};

/**
 * The framework knows options only. `upload clips ds/train --dry-run` becomes
 * `upload --path clips --path ds/train --dry-run`.
 */
export function withPositionals(argv: readonly string[]): string[] {
  for (const [command, names] of Object.entries(positionals)) {
    const words = command.split(' ');
    if (words.some((word, i) => argv[i] !== word)) continue;
    const rest = argv.slice(words.length);
    const options = rest.findIndex((word) => word.startsWith('-'));
    const given = options < 0 ? rest : rest.slice(0, options);
    const named = given.flatMap((word, i) => [`--${names[Math.min(i, names.length - 1)]}`, word]);
    return [...words, ...named, ...rest.slice(given.length)];
  }
  return [...argv];
}
