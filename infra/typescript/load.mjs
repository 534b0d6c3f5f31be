import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Imports a TypeScript module of this repository: esbuild bundles it into node_modules/.cache, packages stay
 * outside, so that a clean clone works with no build step.
 *
 * @param {URL} entry
 */
export async function loadTypeScript(entry) {
  const options = buildOptions(entry, 'esm', 'mjs');
  await build(options);
  // Not at once: threads run the same file.
  process.once('exit', () => rmSync(options.outfile, { force: true }));
  return await import(pathToFileURL(options.outfile).href);
}

/**
 * The same at once, for the framework, which loads its plugins with `require`.
 *
 * @param {URL} entry
 */
export function requireTypeScript(entry) {
  const options = buildOptions(entry, 'cjs', 'cjs');
  buildSync(options);
  try {
    return createRequire(import.meta.url)(options.outfile);
  } finally {
    rmSync(options.outfile);
  }
}

/** @returns {import('esbuild').BuildOptions & { outfile: string }} */
function buildOptions(entry, format, extension) {
  const source = fileURLToPath(entry);
  const name = path.relative(root, source).replace(/\W+/g, '-');
  return {
    entryPoints: [source],
    // A file for each process: another one that starts meanwhile cannot read it half-written.
    outfile: path.join(root, 'node_modules/.cache/earshot/typescript', `${name}-${process.pid}.${extension}`),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format,
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
  };
}
