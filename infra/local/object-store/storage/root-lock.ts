import { linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../../../../shared/errors/earshot-error.ts';

/** Who holds a folder. */
interface Holder {
  readonly pid: number;
  /** When that process began, as far as the system tells; tells it from a later one of the same number. */
  readonly began: string | null;
}

const lockName = 'lock';
/** The folders that this process holds: a lock that bears its number and is not among them is from an earlier life. */
const heldHere = new Set<string>();

/**
 * Takes a folder for this process; returns what gives it back. A lock whose process is gone is taken over, so
 * nothing needs mending after a crash.
 *
 * @throws EarshotError STATE_IN_USE
 */
export function lockRoot(root: string): () => void {
  const path = join(realpathSync(root), lockName);
  const offer = `${path}.${process.pid}`;
  if (heldHere.has(path)) throw inUse(root, process.pid);
  writeFileSync(
    offer,
    JSON.stringify({ pid: process.pid, began: beginningOf(process.pid) } satisfies Holder),
  );
  try {
    // A hard link is made whole or not at all, and never over another.
    while (!tryLink(offer, path)) {
      const holder = readHolder(path);
      if (holder === null) continue;
      if (isAlive(holder)) throw inUse(root, holder.pid);
      removeStale(path, holder);
    }
  } finally {
    rmSync(offer, { force: true });
  }
  heldHere.add(path);
  return () => {
    rmSync(path, { force: true });
    heldHere.delete(path);
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null when it was given back in between. A lock that cannot be read counts as one of nobody. */
function readHolder(path: string): Holder | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { pid, began } = JSON.parse(text) as Holder;
    return { pid, began };
  } catch {
    return { pid: 0, began: null };
  }
}

/** Moves the lock aside before it is removed: another process may have taken it over just before. */
function removeStale(path: string, holder: Holder): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved !== null && (moved.pid !== holder.pid || moved.began !== holder.began)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function isAlive(holder: Holder): boolean {
  if (!(holder.pid > 0) || holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const began = beginningOf(holder.pid);
  return began === null || holder.began === null || began === holder.began;
}

/** Boot and start time of a process on Linux (proc(5): fields 3 and 22 of stat); null elsewhere. */
function beginningOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process that its parent has not asked after yet holds nothing any more.
    return fields[0] === 'Z' ? 'ended' : `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}

function inUse(root: string, pid: number): EarshotError {
  return new EarshotError('STATE_IN_USE', { file: root, received: `a lock of process ${pid}` });
}
