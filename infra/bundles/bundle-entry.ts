import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { pagePlugin } from './page-plugin.ts';

export interface EntrySettings {
  /** Folder of the project. */
  readonly root: string;
  /** A file below it. */
  readonly entry: string;
  /** The Node that runs it, e.g. `node22`. */
  readonly target: string;
  /** Packages that stay outside. */
  readonly external: readonly string[];
}

export interface Bundle {
  /** One CommonJS file; only the sources decide its bytes, wherever they are. */
  readonly program: Uint8Array;
  readonly metafile: Metafile;
}

/** In ESM sources `import.meta.url` names the file; in the CommonJS bundle this does. */
const banner = "const bundleUrl = require('node:url').pathToFileURL(__filename).href;";

/** Bundles a module and all that it imports with esbuild. Rejects when esbuild cannot. */
export async function bundleEntry({ root, entry, target, external }: EntrySettings): Promise<Bundle> {
  const ofPages: Metafile['inputs'] = {};
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path.join(root, 'main.js'),
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target,
    // Without `keepNames`, which would define a name at run time for each closure that is made.
    minify: true,
    sourcemap: false,
    external: [...external],
    metafile: true,
    banner: { js: banner },
    define: { 'import.meta.url': 'bundleUrl' },
    mainFields: ['module', 'main'],
    plugins: [pagePlugin(root, ofPages)],
    logLevel: 'warning',
  });
  Object.assign(metafile.inputs, ofPages);
  return { program: outputFiles[0]!.contents, metafile };
}
