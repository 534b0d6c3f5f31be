/** `--name N` of each number that a bench takes. @throws Error with the usage */
export function numbersOf<N extends string>(
  bench: string,
  options: readonly string[],
  usual: Readonly<Record<N, number>>,
): Record<N, number> {
  const numbers: Record<N, number> = { ...usual };
  for (let i = 0; i < options.length; i += 2) {
    const name = options[i]!.replace(/^--/, '') as N;
    if (!(name in usual) || !(Number(options[i + 1]) >= 1)) {
      const all = Object.keys(usual).map((known) => `[--${known} N]`);
      throw new Error(`usage: npm run bench -- ${bench} ${all.join(' ')}`);
    }
    numbers[name] = Number(options[i + 1]);
  }
  return numbers;
}
