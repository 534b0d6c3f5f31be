import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { forEachLine } from './function-instance.ts';

export interface JobSettings {
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Processes of one job array that may run at once; the others wait for their turn. */
  readonly atOnce: number;
}

export interface JobRunnerOptions {
  readonly jobs: ReadonlyMap<string, JobSettings>;
  /** Folder of job-host.mjs. */
  readonly hostFolder: string;
  /** How long a job may take to end after SIGTERM; it writes its checkpoint then. */
  readonly graceMs: number;
  readonly onLog: (jobRun: string, line: string) => void;
  /** When all of a job run has ended; `failure` is null when that was with code 0, else how the first other ended. */
  readonly onExit: (jobRun: string, failure: string | null) => void;
}

/** Runs jobs as processes of their own, as Code Engine runs them as containers. */
export class JobRunner {
  private readonly options: JobRunnerOptions;
  private readonly names = new Set<string>();
  private readonly running = new Set<ChildProcess>();
  private readonly underway = new Set<Promise<void>>();
  private closed = false;

  constructor(options: JobRunnerOptions) {
    this.options = options;
  }

  start(
    job: string,
    jobRun: string,
    env: Readonly<Record<string, string>>,
    indices: readonly number[] = [0],
  ): 'started' | 'exists' | 'unknown' | 'closed' {
    const settings = this.options.jobs.get(job);
    if (settings === undefined) return 'unknown';
    if (this.closed) return 'closed';
    if (this.names.has(jobRun)) return 'exists';
    this.names.add(jobRun);
    const own = { ...env, CE_JOB: job, CE_JOBRUN: jobRun, JOB_ARRAY_SIZE: `${indices.length}` };
    const work = this.runArray(settings, jobRun, own, indices).finally(() => this.underway.delete(work));
    this.underway.add(work);
    return 'started';
  }

  /** The first processes are there before anything is awaited. */
  private async runArray(
    settings: JobSettings,
    jobRun: string,
    env: Readonly<Record<string, string>>,
    indices: readonly number[],
  ): Promise<void> {
    const waiting = [...indices];
    const isArray = indices.length > 1;
    let failure: string | null = null;
    const inTurn = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        const ended = this.closed
          ? 'SIGTERM'
          : await this.run(settings, jobRun, { ...env, JOB_INDEX: `${index}` });
        if (ended !== null) failure ??= isArray ? `${ended} at index ${index}` : ended;
      }
    };
    await Promise.all(Array.from({ length: Math.min(settings.atOnce, indices.length) }, inTurn));
    this.options.onExit(jobRun, failure);
  }

  private run(
    settings: JobSettings,
    jobRun: string,
    env: Readonly<Record<string, string>>,
  ): Promise<string | null> {
    const { hostFolder, onLog } = this.options;
    const child = fork(path.join(hostFolder, 'job-host.mjs'), [settings.bundle], {
      env: { ...settings.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) forEachLine(stream, (line) => onLog(jobRun, line));
    }
    this.running.add(child);
    return this.ended(child, settings.timeoutMs);
  }

  /** Asks every running job to end, and waits until they have. */
  async close(): Promise<void> {
    this.closed = true;
    for (const child of this.running) this.end(child);
    await Promise.all(this.underway);
  }

  private end(child: ChildProcess): void {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.options.graceMs);
    child.once('exit', () => clearTimeout(timer));
  }

  /** Null when it ended with code 0, else how it ended. */
  private ended(child: ChildProcess, timeoutMs: number): Promise<string | null> {
    return new Promise((resolve) => {
      let overdue = false;
      const timer = setTimeout(() => {
        overdue = true;
        this.end(child);
      }, timeoutMs);
      const settle = (failure: string | null) => {
        clearTimeout(timer);
        if (!this.running.delete(child)) return;
        resolve(overdue ? `time limit of ${timeoutMs / 1000} s` : failure);
      };
      child.on('error', (error) => settle(error.message));
      child.on('exit', (code, signal) => settle(code === 0 ? null : (signal ?? `code ${code}`)));
    });
  }
}
