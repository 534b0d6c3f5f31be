import type { JobRunner } from '../../../infra/local/job-runner.ts';
import type { Ended, TrainingImage } from '../container/training-image.ts';

/** Runs one job as a container, as often as its API is asked to. */
export class ContainerJobs implements Pick<JobRunner, 'start'> {
  /** The runs that have ended. */
  readonly ended: Ended[] = [];
  private readonly image: TrainingImage;
  private readonly name: string;
  private readonly env: Readonly<Record<string, string>>;
  private readonly runs = new Map<string, Promise<unknown>>();

  constructor(image: TrainingImage, name: string, env: Readonly<Record<string, string>>) {
    this.image = image;
    this.name = name;
    this.env = env;
  }

  start: JobRunner['start'] = (job, jobRun, env) => {
    if (job !== this.name) return 'unknown';
    if (this.runs.has(jobRun)) return 'exists';
    const run = this.image.run({ ...this.env, ...env, CE_JOB: job, CE_JOBRUN: jobRun });
    this.runs.set(
      jobRun,
      run.then(
        (ended) => this.ended.push(ended),
        (error: Error) => this.ended.push({ code: null, output: error.message }),
      ),
    );
    return 'started';
  };

  async idle(): Promise<void> {
    await Promise.all(this.runs.values());
  }
}
