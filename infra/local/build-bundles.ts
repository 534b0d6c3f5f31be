import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import type { Service } from '../service/service.ts';

export interface Bundles {
  /** Function name → its bundle, a CommonJS file that exports `main`. */
  readonly functions: ReadonlyMap<string, string>;
  readonly jobs: ReadonlyMap<string, string>;
  /** Function name → what its bundle is made of. */
  readonly contents: ReadonlyMap<string, Metafile>;
}

/** In ESM sources `import.meta.url` names the file; in the CommonJS bundle this does. */
const banner = "const bundleUrl = require('node:url').pathToFileURL(__filename).href;";

/** Bundles every function and job of the service with esbuild, each into a folder of its own. */
export async function buildBundles(
  service: Pick<Service, 'functions' | 'jobs'>,
  root: string,
  folder: string,
): Promise<Bundles> {
  const functions = new Map<string, string>();
  const contents = new Map<string, Metafile>();
  const jobs = new Map<string, string>();
  const builds = await Promise.allSettled([
    ...Object.entries(service.functions).map(async ([name, { handler }]) => {
      // The accelerated checksum is a native add-on; the portable one takes its place in a bundle.
      const made = await bundle(root, folder, name, handler, ['@node-rs/crc32']);
      functions.set(name, made.outfile);
      contents.set(name, made.metafile);
      const files = Object.keys(made.metafile.inputs);
      if (files.some((file) => file.includes('@tensorflow/tfjs-backend-wasm/'))) {
        await copyWasm(root, path.join(folder, name));
      }
    }),
    ...Object.entries(service.jobs).map(async ([name, { handler }]) => {
      const made = await bundle(root, folder, name, handler, ['@node-rs/crc32', '@tensorflow/*']);
      jobs.set(name, made.outfile);
    }),
  ]);
  // Every build has ended before a failure is told: whoever removes the folder then has it for itself.
  const failure = builds.find((ended) => ended.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return { functions, jobs, contents };
}

async function bundle(root: string, folder: string, name: string, handler: string, external: string[]) {
  const source = handler.slice(0, handler.lastIndexOf('.'));
  const outfile = path.join(folder, name, 'main.cjs');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`${source}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // Without `keepNames`, which would define a name at run time for each closure that is made.
    minify: true,
    sourcemap: false,
    external,
    metafile: true,
    banner: { js: banner },
    define: { 'import.meta.url': 'bundleUrl' },
    mainFields: ['module', 'main'],
    logLevel: 'warning',
  });
  return { outfile, metafile };
}

async function copyWasm(root: string, folder: string): Promise<void> {
  const require = createRequire(path.join(root, 'package.json'));
  const installed = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  await mkdir(folder, { recursive: true });
  const binary = 'tfjs-backend-wasm-simd.wasm';
  await copyFile(path.join(installed, 'dist', binary), path.join(folder, binary));
}
