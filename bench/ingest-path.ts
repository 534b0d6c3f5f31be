import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import path from 'node:path';
import { AudioSetFolders } from './audioset-folders.ts';
import type { BenchResult } from './bench.ts';
import type { PathRun } from './ingest-path-run.ts';

/** What the path may take for all files, in seconds. */
const goal = 120;
const sizes = [
  { name: 'tenth', every: 10, copies: 1 },
  { name: 'all', every: 1, copies: 1 },
  { name: 'tenfold', every: 1, copies: 10 },
] as const;

/**
 * From a folder of the real files to the snapshot through the local platform: a tenth of them, all, and with
 * `--tenfold` all ten times under other names, which takes some ten minutes.
 */
export async function benchIngestPath(options: readonly string[]): Promise<BenchResult> {
  const wanted = sizes.filter(({ name }) => name !== 'tenfold' || options.includes('--tenfold'));
  const folders = new AudioSetFolders();
  const runs: Record<string, ReturnType<typeof figuresOf>> = {};
  try {
    for (const { name, every, copies } of wanted) {
      const run = runPath(folders.folder(every, copies), path.join(folders.root, 'state'));
      runs[name] = figuresOf(run);
      console.log(`${name}: ${run.files} files`);
      for (const [figure, value] of Object.entries(runs[name])) {
        console.log(`  ${figure.padEnd(18)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
      }
    }
  } finally {
    folders.remove();
  }
  const { all, tenth, tenfold } = runs;
  const ratio = {
    goal: goal / all!.seconds.total,
    'all-to-tenth-cpu': tenth!.cpuMsPerFile / all!.cpuMsPerFile,
    ...(tenfold === undefined ? {} : { 'tenfold-to-all-cpu': all!.cpuMsPerFile / tenfold.cpuMsPerFile }),
  };
  return { bench: 'ingest-path', ratio, load: loadavg()[0], runs };
}

/** In a process of its own, so that no run has the memory of the one before. */
function runPath(folder: string, state: string): PathRun {
  const script = ['infra/typescript/run.mjs', 'bench/ingest-path-run.ts', folder, state];
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const printed = execFileSync(process.execPath, script, { stdio, encoding: 'utf8' });
  return JSON.parse(printed.trimEnd().split('\n').at(-1)!) as PathRun;
}

function figuresOf({ files, clips, excluded, snapshot, seconds, requests, processes }: PathRun) {
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
  const cpuSeconds = processes.reduce((sum, one) => sum + one.cpuSeconds, 0);
  const perFile = Object.entries(requests)
    .map(([kind, count]) => [kind, rounded(count / files)] as const)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    files,
    clips,
    excluded,
    snapshot,
    seconds: {
      upload: rounded(seconds.upload),
      ingest: rounded(seconds.ingest),
      total: rounded(seconds.total),
    },
    filesPerSecond: rounded(files / seconds.total),
    requestsPerFile: rounded(total / files),
    requestsByKind: Object.fromEntries(perFile),
    cpuSeconds: rounded(cpuSeconds),
    cpuMsPerFile: rounded((cpuSeconds * 1000) / files),
    processes: processes.map(({ name, ...figures }) => {
      const { cpuSeconds, peakMegabytes } = figures;
      return { name, cpuSeconds: rounded(cpuSeconds), peakMegabytes: Math.round(peakMegabytes) };
    }),
  };
}

const rounded = (value: number) => Math.round(value * 100) / 100;
