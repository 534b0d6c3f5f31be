import type { ImageFile } from '../serverless-code-engine/images/tar-archive.ts';
import { bundleEntry } from './bundle-entry.ts';
import { accelerators, sourceOf } from './handlers.ts';

export interface FunctionSource {
  /** Folder of the project. */
  readonly root: string;
  /** As serverless.yml names it, e.g. `functions/infer/handler.main`. */
  readonly handler: string;
  /** Of Code Engine, e.g. `nodejs-22`. */
  readonly runtime: string;
}

/** Without `"type": "module"`, with which Code Engine would not see what main.js exports. */
const packageJson = { main: 'main.js' };

/** What a Code Engine function needs of its code bundle to run: nothing of it is installed there. */
export async function functionFiles({ root, handler, runtime }: FunctionSource): Promise<ImageFile[]> {
  const target = targetOf(runtime);
  const { program } = await bundleEntry({
    root,
    entry: sourceOf(handler),
    target,
    external: accelerators,
  });
  return [
    { path: 'main.js', bytes: program },
    { path: 'package.json', bytes: Buffer.from(JSON.stringify(packageJson)) },
  ];
}

/** `node22` of `nodejs-22`. */
export function targetOf(runtime: string): string {
  return runtime.replace(/^nodejs-/, 'node');
}
