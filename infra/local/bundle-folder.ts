import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * A folder for the bundles of this process, below node_modules so that what a bundle leaves outside is found. Folders of
 * processes that are gone are removed; the caller removes its own.
 */
export async function makeBundleFolder(root: string): Promise<string> {
  const parent = path.join(root, 'node_modules/.cache/earshot/bundles');
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = Number.parseInt(name, 10);
    if (!isAlive(pid)) await rm(path.join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(path.join(parent, `${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
