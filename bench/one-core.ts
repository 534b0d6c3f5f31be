import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Keeps this process, and those that it starts, on one core; false, with a word, where the system cannot. */
export function keepToOneCore(): boolean {
  const core = availableParallelism() - 1;
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('taskset could not keep this to one core: the garbage collector may use another one');
    return false;
  }
}
