import type { CodeEngineProject } from '../../serverless-code-engine/api/client.ts';
import { functionNames } from '../../serverless-code-engine/desired/desired-state.ts';
import type { Owner } from '../../serverless-code-engine/desired/resource-names.ts';
import { type ActualState, isMarked } from '../../serverless-code-engine/plan/actual-state.ts';
import type { Service } from '../../service/service.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Of one project (limits, 2025-12-12). Finished job runs count until they are deleted, by themselves after 7 days. */
const limits = { functions: 20, apps: 40, jobs: 100, 'job runs': 100 } as const;
/** From here on it gets narrow. */
const narrow = 0.8;
const check = 'quotas';

/** Whether the project has room for what the deployment still needs. */
export async function checkQuotas(
  project: Pick<CodeEngineProject, 'list'>,
  actual: Pick<ActualState, 'functions' | 'apps' | 'jobs'>,
  service: Service,
  owner: Owner,
): Promise<Finding[]> {
  const { http, events } = functionNames(service);
  const jobRuns = (await project.list('job_run')).length;
  const ours = (some: readonly Parameters<typeof isMarked>[0][]) =>
    some.filter((one) => isMarked(one, owner)).length;
  const { functions, apps, jobs } = actual;
  const rows = [
    ['functions', functions.length, http.length - ours(functions)],
    ['apps', apps.length, Math.min(events.length, 1) - ours(apps)],
    ['jobs', jobs.length, Object.keys(service.jobs).length - ours(jobs)],
    ['job runs', jobRuns, 1],
  ] as const;
  const findings = rows.map(([what, there, needed]) => judge(what, there, Math.max(needed, 0)));
  const tight = findings.filter(({ level }) => level !== 'ok');
  return tight.length > 0 ? tight : [ok(check, findings.map(({ text }) => text).join(', '))];
}

function judge(what: keyof typeof limits, there: number, needed: number): Finding {
  const limit = limits[what];
  const text = `${there} of ${limit} ${what}`;
  const remedy =
    what === 'job runs'
      ? 'Delete finished ones: ibmcloud ce jobrun list, ibmcloud ce jobrun delete --name <name>; they go by themselves after 7 days.'
      : `Delete ${what} that are not needed, or deploy to another project (provider.project).`;
  if (there + needed > limit) return problem(check, `${text}, and ${needed} more are needed`, remedy);
  return there >= narrow * limit ? warning(check, text, remedy) : ok(check, text);
}
