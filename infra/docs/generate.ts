import { readFile, writeFile } from 'node:fs/promises';
import { pages } from './pages.ts';

/** `npm run docs`: writes the generated pages. With `--check`: exit 1 when one is not as its source says. */
export async function main(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  let stale = 0;
  for (const [file, page] of Object.entries(pages)) {
    const wanted = page();
    const present = await readFile(file, 'utf8').catch(() => '');
    if (present === wanted) continue;
    if (check) {
      stale++;
      console.error(`${file} is not as its source says: npm run docs`);
    } else {
      await writeFile(file, wanted);
    }
  }
  return stale === 0 ? 0 : 1;
}
