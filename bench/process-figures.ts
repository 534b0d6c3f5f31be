import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ProcessFigures {
  readonly pid: number;
  /** `platform`, or the function or job that the process runs. */
  readonly name: string;
  /** User and system time. */
  readonly cpuSeconds: number;
  /** The most memory it ever had resident. */
  readonly peakMegabytes: number;
}

/** Of this process and of those it started that still run, in order of their start. Empty where there is no /proc. */
export function processFigures(): ProcessFigures[] {
  return ownProcesses().map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [user, system] = statFields(pid).slice(11, 13).map(Number);
    return {
      pid,
      name: pid === process.pid ? 'platform' : nameOf(pid),
      cpuSeconds: (user! + system!) / ticksPerSecond,
      peakMegabytes: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000,
    };
  });
}

/** `USER_HZ`, which is 100 on every Linux that Node runs on (proc(5)). */
const ticksPerSecond = 100;

function ownProcesses(): number[] {
  const all = listOfProcesses();
  return [process.pid, ...all.filter((pid) => Number(statFields(pid)[1]) === process.pid)];
}

function listOfProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Fields of /proc/<pid>/stat from the state on; the name before it may hold anything. None when it has ended. */
function statFields(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** A bundle lies in a folder with the name of its function or job; what made the bundles still runs as well. */
function nameOf(pid: number): string {
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const bundle = argv.find((argument) => argument.endsWith('main.cjs'));
  return bundle === undefined ? path.basename(argv[0]!) : path.basename(path.dirname(bundle));
}
