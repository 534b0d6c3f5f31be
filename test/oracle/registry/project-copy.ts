import { access, copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { bundleEntry } from '../../../infra/bundles/bundle-entry.ts';

/** Copies what esbuild reads to bundle `infer`, so that it can be bundled at another path. */
export async function projectCopy(root: string, to: string): Promise<string> {
  const entry = 'functions/infer/handler.ts';
  const { metafile } = await bundleEntry({ root, entry, target: 'node22', external: ['@node-rs/crc32'] });
  const inputs = Object.keys(metafile.inputs);
  const settings = inputs.flatMap(foldersAbove).map((folder) => path.join(folder, 'package.json'));
  for (const file of new Set([...inputs, ...settings, 'tsconfig.json'])) {
    const isThere = await access(path.join(root, file)).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    await mkdir(path.dirname(path.join(to, file)), { recursive: true });
    await copyFile(path.join(root, file), path.join(to, file));
  }
  return to;
}

/** `['.', 'a', 'a/b']` of `a/b/c.ts`. */
function foldersAbove(file: string): string[] {
  const folder = path.dirname(file);
  return folder === '.' ? ['.'] : [...foldersAbove(folder), folder];
}
