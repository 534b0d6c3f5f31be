import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleEntry } from '../bundles/bundle-entry.ts';
import { functionFiles, targetOf } from '../bundles/function-files.ts';
import { accelerators } from '../bundles/handlers.ts';

const runtime = 'nodejs-22';
const start = `require('./app.cjs').main();\n`;

/**
 * `gather.ts HANDLER FOLDER`: puts into a folder what a container needs to run a function as an app with
 * `node start.cjs`: the bundle that is deployed as a function, byte for byte, and the server before it.
 */
export async function main([handler, folder]: readonly string[]): Promise<number> {
  if (handler === undefined || folder === undefined) {
    console.error('usage: gather.ts HANDLER FOLDER');
    return 2;
  }
  await gatherFunctionApp(process.cwd(), handler, folder);
  return 0;
}

/** @param root of the project, with its packages installed */
export async function gatherFunctionApp(root: string, handler: string, folder: string): Promise<void> {
  const entry = 'infra/function-app/start.ts';
  const { program } = await bundleEntry({ root, entry, target: targetOf(runtime), external: accelerators });
  const files = [
    ...(await functionFiles({ root, handler, runtime })),
    { path: 'app.cjs', bytes: program },
    { path: 'start.cjs', bytes: Buffer.from(start) },
  ];
  await mkdir(folder, { recursive: true });
  for (const file of files) await writeFile(path.join(folder, file.path), file.bytes);
}
