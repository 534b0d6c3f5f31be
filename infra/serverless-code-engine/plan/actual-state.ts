import type { CodeEngineProject } from '../api/client.ts';
import type { Actual } from '../api/resources.ts';
import { ownerVariables } from '../desired/environment.ts';
import type { Owner } from '../desired/resource-names.ts';
import { type ReadRecord, readRecord } from '../record/deployment-lease.ts';

/** What is in the project now, ours or not. */
export interface ActualState {
  readonly record: ReadRecord | null;
  readonly secrets: readonly Actual<'secret'>[];
  readonly jobs: readonly Actual<'job'>[];
  readonly functions: readonly Actual<'function'>[];
  readonly apps: readonly Actual<'app'>[];
  readonly domainMappings: readonly Actual<'domain_mapping'>[];
}

export const emptyState: ActualState = {
  record: null,
  secrets: [],
  jobs: [],
  functions: [],
  apps: [],
  domainMappings: [],
};

/** Reads the project. @throws RESOURCE_FOREIGN, RECORD_DAMAGED, and as CodeEngine */
export async function readActualState(project: CodeEngineProject, owner: Owner): Promise<ActualState> {
  const [record, secrets, jobs, functions, apps, domainMappings] = await Promise.all([
    readRecord(project, owner),
    project.list('secret'),
    project.list('job'),
    project.list('function'),
    project.list('app'),
    project.list('domain_mapping'),
  ]);
  return { record, secrets, jobs, functions, apps, domainMappings };
}

/** Whether an app, function or job carries the marking of the service and stage. */
export function isMarked(
  { run_env_variables }: Pick<Actual<'app'>, 'run_env_variables'>,
  { service, stage }: Owner,
): boolean {
  const says = (name: string, value: string) =>
    run_env_variables.some((one) => one.type === 'literal' && one.name === name && one.value === value);
  return says(ownerVariables.service, service) && says(ownerVariables.stage, stage);
}
