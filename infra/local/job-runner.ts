import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { forEachLine } from './function-instance.ts';

export interface JobSettings {
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface JobRunnerOptions {
  readonly jobs: ReadonlyMap<string, JobSettings>;
  /** Folder of job-host.mjs. */
  readonly hostFolder: string;
  /** How long a job may take to end after SIGTERM; it writes its checkpoint then. */
  readonly graceMs: number;
  readonly onLog: (jobRun: string, line: string) => void;
  /** `failure` is null when the job run ended with code 0, else how it ended. */
  readonly onExit: (jobRun: string, failure: string | null) => void;
}

/** Runs jobs as processes of their own, as Code Engine runs them as containers. */
export class JobRunner {
  private readonly options: JobRunnerOptions;
  private readonly names = new Set<string>();
  private readonly running = new Map<ChildProcess, Promise<void>>();
  private closed = false;

  constructor(options: JobRunnerOptions) {
    this.options = options;
  }

  start(
    job: string,
    jobRun: string,
    env: Readonly<Record<string, string>>,
  ): 'started' | 'exists' | 'unknown' | 'closed' {
    const { jobs, hostFolder, onLog } = this.options;
    const settings = jobs.get(job);
    if (settings === undefined) return 'unknown';
    if (this.closed) return 'closed';
    if (this.names.has(jobRun)) return 'exists';
    this.names.add(jobRun);
    const child = fork(path.join(hostFolder, 'job-host.mjs'), [settings.bundle], {
      env: { ...settings.env, ...env, CE_JOB: job, CE_JOBRUN: jobRun, JOB_INDEX: '0', JOB_ARRAY_SIZE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) forEachLine(stream, (line) => onLog(jobRun, line));
    }
    this.running.set(child, this.ended(child, jobRun, settings.timeoutMs));
    return 'started';
  }

  /** Asks every running job to end, and waits until they have. */
  async close(): Promise<void> {
    this.closed = true;
    for (const child of this.running.keys()) this.end(child);
    await Promise.all(this.running.values());
  }

  private end(child: ChildProcess): void {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.options.graceMs);
    child.once('exit', () => clearTimeout(timer));
  }

  private ended(child: ChildProcess, jobRun: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      let overdue = false;
      const timer = setTimeout(() => {
        overdue = true;
        this.end(child);
      }, timeoutMs);
      const settle = (failure: string | null) => {
        clearTimeout(timer);
        if (!this.running.delete(child)) return;
        this.options.onExit(jobRun, overdue ? `time limit of ${timeoutMs / 1000} s` : failure);
        resolve();
      };
      child.on('error', (error) => settle(error.message));
      child.on('exit', (code, signal) => settle(code === 0 ? null : (signal ?? `code ${code}`)));
    });
  }
}
