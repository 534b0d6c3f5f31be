import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { buildBundles } from '../local/build-bundles.ts';
import { filesLoadedBy } from './loaded-files.ts';

const start = `require('./main.cjs').main();\n`;

/**
 * `gather-job.ts HANDLER FOLDER`: puts into a folder what a container needs to run a job with `node start.cjs`: its
 * bundle, and those files of the packages outside it that are loaded; the libraries of the native engine apart.
 */
export async function main([handler, folder]: readonly string[]): Promise<number> {
  if (handler === undefined || folder === undefined) {
    console.error('usage: gather-job.ts HANDLER FOLDER');
    return 2;
  }
  await gatherJob(process.cwd(), handler, folder);
  return 0;
}

/** @param root of the project, with its packages installed */
export async function gatherJob(root: string, handler: string, folder: string): Promise<void> {
  const building = path.join(root, 'node_modules/.cache/earshot/container');
  const { jobs } = await buildBundles({ functions: {}, jobs: { job: { handler } } }, root, building);
  const bundle = jobs.get('job')!;
  const installed = await glob('node_modules/**', { cwd: root, dot: false, expandDirectories: false });
  for (const file of await filesLoadedBy(bundle, root, installed)) {
    const target = path.join(folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    await cp(path.join(root, file), target, { verbatimSymlinks: true });
  }
  await copyFile(bundle, path.join(folder, 'main.cjs'));
  await writeFile(path.join(folder, 'start.cjs'), start);
}
