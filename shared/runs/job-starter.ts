/** Starts runs of the training job. */
export interface JobStarter {
  /**
   * Starts one job run. Starting a name that exists already is no error: it was started before.
   * @throws JOB_START_FAILED
   */
  start(jobRun: string, env: Readonly<Record<string, string>>): Promise<void>;
}
