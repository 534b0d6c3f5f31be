import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { bundleEntry } from '../bundles/bundle-entry.ts';
import { accelerators, sourceOf } from '../bundles/handlers.ts';
import type { Service } from '../service/service.ts';

export interface Bundles {
  /** Function name → its bundle, a CommonJS file that exports `main`. */
  readonly functions: ReadonlyMap<string, string>;
  readonly jobs: ReadonlyMap<string, string>;
  /** Function name → what its bundle is made of. */
  readonly contents: ReadonlyMap<string, Metafile>;
}

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
      const made = await bundle(root, path.join(folder, name), handler, accelerators);
      functions.set(name, made.outfile);
      contents.set(name, made.metafile);
    }),
    ...Object.entries(service.jobs).map(async ([name, { handler }]) => {
      const made = await bundle(root, path.join(folder, name), handler, [...accelerators, '@tensorflow/*']);
      jobs.set(name, made.outfile);
    }),
  ]);
  // Every build has ended before a failure is told: whoever removes the folder then has it for itself.
  const failure = builds.find((ended) => ended.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return { functions, jobs, contents };
}

async function bundle(root: string, folder: string, handler: string, external: readonly string[]) {
  const made = await bundleEntry({ root, entry: sourceOf(handler), target: 'node20', external });
  const outfile = path.join(folder, 'main.cjs');
  await mkdir(folder, { recursive: true });
  await writeFile(outfile, made.program);
  return { outfile, metafile: made.metafile };
}
