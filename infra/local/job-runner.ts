import { type ChildProcess, spawn } from 'node:child_process';
import { forEachLine } from './function-instance.ts';

export interface JobSettings {
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Runs jobs as processes of their own, as Code Engine runs them as containers. */
export class JobRunner {
  private readonly jobs: ReadonlyMap<string, JobSettings>;
  private readonly onLog: (jobRun: string, line: string) => void;
  private readonly onExit: (jobRun: string, code: number | null) => void;
  private readonly runs = new Map<string, ChildProcess>();

  constructor(
    jobs: ReadonlyMap<string, JobSettings>,
    onLog: (jobRun: string, line: string) => void,
    onExit: (jobRun: string, code: number | null) => void,
  ) {
    this.jobs = jobs;
    this.onLog = onLog;
    this.onExit = onExit;
  }

  start(
    job: string,
    jobRun: string,
    env: Readonly<Record<string, string>>,
  ): 'started' | 'exists' | 'unknown' {
    const settings = this.jobs.get(job);
    if (settings === undefined) return 'unknown';
    if (this.runs.has(jobRun)) return 'exists';
    const child = spawn(process.execPath, ['-e', 'require(process.argv[1]).main()', settings.bundle], {
      env: { ...settings.env, ...env, CE_JOB: job, CE_JOBRUN: jobRun, JOB_INDEX: '0', JOB_ARRAY_SIZE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.runs.set(jobRun, child);
    forEachLine(child.stdout, (line) => this.onLog(jobRun, line));
    forEachLine(child.stderr, (line) => this.onLog(jobRun, line));
    const timer = setTimeout(() => child.kill('SIGTERM'), settings.timeoutMs);
    child.on('exit', (code) => {
      clearTimeout(timer);
      this.onExit(jobRun, code);
    });
    return 'started';
  }

  /** Asks every running job to end; it writes its checkpoint first. */
  async close(graceMs: number): Promise<void> {
    const running = [...this.runs.values()].filter(
      (child) => child.exitCode === null && child.signalCode === null,
    );
    await Promise.all(
      running.map(
        (child) =>
          new Promise<void>((resolve) => {
            const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
            child.once('exit', () => {
              clearTimeout(timer);
              resolve();
            });
            child.kill('SIGTERM');
          }),
      ),
    );
  }
}
