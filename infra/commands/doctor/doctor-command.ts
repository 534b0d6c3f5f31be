import { requiredSetting } from '../../../shared/config/settings.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Project } from '../../serverless-code-engine/api/client.ts';
import { schemeOf } from '../../serverless-code-engine/deploy/deployment-images.ts';
import { keyVariables } from '../../serverless-code-engine/desired/desired-secrets.ts';
import { eventsAppName } from '../../serverless-code-engine/desired/desired-state.ts';
import { openIbmCloudCli } from '../../serverless-code-engine/ibmcloud-cli/run-ibmcloud.ts';
import { openRegistry } from '../../serverless-code-engine/images/registry.ts';
import { findProject, projectNameOf, registryOf } from '../../serverless-code-engine/place/place.ts';
import { readActualState } from '../../serverless-code-engine/plan/actual-state.ts';
import { openCliDriver } from '../../serverless-code-engine/subscriptions/cli-driver.ts';
import { desiredSubscriptions } from '../../serverless-code-engine/subscriptions/desired-subscriptions.ts';
import { type CloudPlace, cloudPlace } from '../cloud/cloud-place.ts';
import type { CommandContext, Outcome } from '../command-outcome.ts';
import { checkAuthorization, checkBucket } from './check-bucket.ts';
import { checkDeployed } from './check-deployed.ts';
import { checkQuotas } from './check-quotas.ts';
import { checkRegistry } from './check-registry.ts';
import { checkRuntime } from './check-runtime.ts';
import { checkSubscriptions } from './check-subscriptions.ts';
import { type Finding, findingsOf, ok, problem, skipped } from './finding.ts';

/** `doctor cloud`: what would keep the deployment from working, each with what to do about it. */
export async function runDoctor({ configuration, env }: CommandContext): Promise<Outcome> {
  const findings = await examine(cloudPlace(configuration, env), new Date());
  const problems = findings.filter(({ level }) => level === 'problem');
  return {
    lines: linesOf(findings),
    json: { findings },
    failure:
      problems.length === 0
        ? null
        : new EarshotError('DOCTOR_FOUND_PROBLEMS', { received: counted(problems.length, 'problem') }),
  };
}

/** Looks at everything that can be seen; touches nothing but the target of the `ibmcloud` command line. */
export async function examine(place: CloudPlace, now: Date): Promise<Finding[]> {
  const { cloud, service, owner } = place;
  const findings: Finding[] = [];
  let project: Project | null = null;
  // Every other check needs what this one proves: a key that is known, and an API that answers in the region.
  const [first] = await findingsOf('credentials', async () => {
    project = await findProject(cloud, service, owner);
    return ok('credentials', `IBMCLOUD_API_KEY is known in ${cloud.region}`);
  });
  findings.push(first!);
  if (first!.level !== 'ok') return findings;
  const runtime = () => checkRuntime(service.provider.runtime, cloud.codeEngine, now);
  findings.push(...(await findingsOf('runtime', runtime)));
  findings.push(...(await examineProject(place, project)));
  findings.push(...(await examineStorage(place, project)));
  findings.push(...(await findingsOf('registry', () => examineRegistry(place, project))));
  return findings;
}

async function examineProject(place: CloudPlace, found: Project | null): Promise<readonly Finding[]> {
  const { cloud, service, owner } = place;
  if (found === null) {
    const text = `there is no project ${projectNameOf(service, owner)} in ${cloud.region}`;
    const missing = problem('project', text, 'Deploy with --create, or name another as provider.project.');
    return [
      missing,
      ...['quotas', 'deployment', 'subscriptions'].map((check) => skipped(check, 'the project')),
    ];
  }
  const project = cloud.codeEngine.project(found.id ?? '');
  const inProject = await findingsOf('project', async () => {
    const actual = await readActualState(project, owner);
    return [
      ok(
        'project',
        `${found.name} in ${cloud.region}${found.status === undefined ? '' : `, ${found.status}`}`,
      ),
      ...(await checkQuotas(project, actual, service, owner)),
      ...checkDeployed(actual, owner),
    ];
  });
  const subscriptions = () => examineSubscriptions(place, project.id);
  return [...inProject, ...(await findingsOf('subscriptions', subscriptions))];
}

async function examineSubscriptions({ cloud, service, owner, env }: CloudPlace, projectId: string) {
  const driver = openCliDriver({
    cli: openIbmCloudCli({ env }),
    target: { region: cloud.region, projectId, hasApiKey: true },
    owner,
  });
  const app = eventsAppName(owner);
  const { bucket } = service.provider;
  return checkSubscriptions(driver, desiredSubscriptions(service, { owner, app, bucket, secret: '' }));
}

async function examineStorage({ cloud, service }: CloudPlace, project: Project | null) {
  return findingsOf('bucket', async () => {
    const { bucket, cosInstance } = service.provider;
    const instance = await cloud.resources.objectStorage(cosInstance);
    const authorization =
      project === null
        ? [skipped('authorization', 'the project')]
        : await findingsOf('authorization', () => checkAuthorization(cloud, project, instance));
    return [...(await findingsOf('bucket', () => checkBucket(cloud, bucket, instance))), ...authorization];
  });
}

async function examineRegistry(
  { service, owner, env }: CloudPlace,
  project: Project | null,
): Promise<Finding> {
  if (project === null && service.provider.registry === undefined) return skipped('registry', 'the project');
  const registry = registryOf(service, owner, project?.account_id ?? '');
  const slash = registry.indexOf('/');
  const [host, namespace] = [registry.slice(0, slash), registry.slice(slash + 1)];
  const [own, usual] = keyVariables.registry;
  const password = env[own] || requiredSetting(env, usual);
  const opened = openRegistry({
    host,
    scheme: schemeOf(host),
    credentials: { username: 'iamapikey', password },
  });
  return checkRegistry(opened, namespace, `${service.service}-events`);
}

function linesOf(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.flatMap(({ check, level, text, remedy }) => [
    `${level.padEnd(7)}  ${check.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width + 11)}`)}`,
    ...(remedy === null ? [] : [`${' '.repeat(width + 11)}${remedy}`]),
  ]);
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
