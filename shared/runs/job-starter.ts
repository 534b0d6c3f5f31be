/** Starts runs of the training job. */
export interface JobStarter {
  /**
   * Starts one job run. Starting a name that exists already is no error: it was started before.
   * @param indices a job array of these, ascending; each is a process of its own that has its JOB_INDEX
   * @throws JOB_START_FAILED
   */
  start(jobRun: string, env: Readonly<Record<string, string>>, indices?: readonly number[]): Promise<void>;
}
