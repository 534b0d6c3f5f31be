import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** All programs of a name that PATH holds, in its order. */
export function programsNamed(name: string): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a program says of itself; null when it cannot be run. */
export function versionOf(program: string, ...versionArguments: readonly string[]): string | null {
  try {
    return execFileSync(program, versionArguments, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}
