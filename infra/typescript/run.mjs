import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadTypeScript } from './load.mjs';

/** `node infra/typescript/run.mjs FILE.ts [arguments]`: runs a script of this repository. */
const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node infra/typescript/run.mjs FILE.ts [arguments]');
const { main } = await loadTypeScript(pathToFileURL(path.resolve(file)));
process.exitCode = await main(args);
