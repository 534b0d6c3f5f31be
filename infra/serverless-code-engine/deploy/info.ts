import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type ActualState, isMarked, readActualState } from '../plan/actual-state.ts';
import type { DeployContext } from './context.ts';
import { deployedProject } from './find-place.ts';
import { addressLines, statusText } from './tell-deployment.ts';

/** `serverless info`: what of this service and stage is there. @throws NOT_DEPLOYED, and as CodeEngine */
export async function info(context: DeployContext): Promise<void> {
  const { owner, print, cloud, service } = context;
  const { project, projectName } = await deployedProject(context);
  const actual = await readActualState(project, owner);
  const ours = <A extends Parameters<typeof isMarked>[0]>(all: readonly A[]) =>
    all.filter((one) => isMarked(one, owner));
  const [functions, apps, jobs] = [ours(actual.functions), ours(actual.apps), ours(actual.jobs)];
  const { record } = actual;
  if (record === null && functions.length + apps.length + jobs.length === 0) {
    throw new EarshotError('NOT_DEPLOYED', {
      field: `service ${owner.service}, stage ${owner.stage}`,
      expected: `resources in project ${projectName}`,
      received: 'none',
    });
  }
  print(`Service ${owner.service}, stage ${owner.stage}: project ${projectName} in ${cloud.region}`);
  print(deployedLine(record, context.now()));
  for (const line of await addressLines(context, { project })) print(line);
  for (const one of functions) {
    print(
      `function ${one.name}: ${statusText('function', one)}, ${one.runtime}, ${versionOf(one.code_reference)}`,
    );
  }
  for (const one of apps)
    print(`app ${one.name}: ${statusText('app', one)}, ${versionOf(one.image_reference)}`);
  for (const one of jobs) print(`job ${one.name}: ${versionOf(one.image_reference)}`);
  const secrets = Object.keys(record?.record.secrets ?? {});
  for (const name of secrets) {
    const isThere = actual.secrets.some((one) => one.name === name);
    print(`secret ${name}: ${isThere ? 'there' : 'missing: deploy makes it'}`);
  }
  for (const line of await subscriptionLines(context, project.id)) print(line);
  print(`bucket ${service.provider.bucket}`);
}

function deployedLine(record: ActualState['record'], now: Date): string {
  if (record?.holder && Date.parse(record.holder.until) > now.getTime()) {
    return `A deployment is at work: process ${record.holder.pid} on ${record.holder.host} since ${record.holder.since}`;
  }
  if (record?.holder || !record?.record.deployedAt) {
    return 'The last deployment did not come to its end: deploy again';
  }
  return `Last changed ${record.record.deployedAt}`;
}

/** Tag and digest tell the version: the tag is the commit or the beginning of the digest. */
const versionOf = (reference: string) => `image ${reference.slice(reference.lastIndexOf('/') + 1)}`;

/** Without the command line the rest is told all the same. */
async function subscriptionLines(context: DeployContext, projectId: string): Promise<string[]> {
  try {
    const all = await context.openDriver(projectId, 'ibmcloud').list();
    return all
      .filter(({ isOurs }) => isOurs)
      .map(({ kind, name, isReady }) => {
        const state = isReady === null ? 'there' : isReady ? 'ready' : 'not ready';
        return `${kind} subscription ${name}: ${state}`;
      });
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    return [`subscriptions: not seen (${error.message.split('\n')[0]})`];
  }
}
