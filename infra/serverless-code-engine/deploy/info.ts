import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type ActualState, isMarked, readActualState } from '../plan/actual-state.ts';
import type { DeployContext } from './context.ts';
import { deployedProject } from './find-place.ts';
import { type Addresses, addressesOf, addressLines, statusText } from './tell-deployment.ts';

interface DeployedPart {
  readonly name: string;
  readonly image: string;
  readonly status?: string;
  readonly runtime?: string;
}

export interface InfoReport {
  readonly service: string;
  readonly stage: string;
  readonly project: string;
  readonly region: string;
  readonly bucket: string;
  /** When it was deployed last, or why that is not known. */
  readonly deployed: string;
  readonly addresses: Addresses;
  readonly functions: readonly DeployedPart[];
  readonly apps: readonly DeployedPart[];
  readonly jobs: readonly DeployedPart[];
  readonly secrets: readonly { readonly name: string; readonly isThere: boolean }[];
  /** One line each. */
  readonly subscriptions: readonly string[];
}

/** `serverless info`: what of this service and stage is there. @throws NOT_DEPLOYED, and as CodeEngine */
export async function info(context: DeployContext): Promise<InfoReport> {
  const report = await infoReport(context);
  for (const line of infoLines(report)) context.print(line);
  return report;
}

function infoLines(report: InfoReport): string[] {
  const { service, stage, project, region, deployed, addresses, functions, apps, jobs, secrets } = report;
  return [
    `Service ${service}, stage ${stage}: project ${project} in ${region}`,
    deployed,
    ...addressLines(addresses),
    ...functions.map(
      ({ name, status, runtime, image }) => `function ${name}: ${status}, ${runtime}, image ${image}`,
    ),
    ...apps.map(({ name, status, image }) => `app ${name}: ${status}, image ${image}`),
    ...jobs.map(({ name, image }) => `job ${name}: image ${image}`),
    ...secrets.map(
      ({ name, isThere }) => `secret ${name}: ${isThere ? 'there' : 'missing: deploy makes it'}`,
    ),
    ...report.subscriptions,
    `bucket ${report.bucket}`,
  ];
}

async function infoReport(context: DeployContext): Promise<InfoReport> {
  const { owner, cloud, service } = context;
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
  return {
    ...{ service: owner.service, stage: owner.stage, project: projectName, region: cloud.region },
    bucket: service.provider.bucket,
    deployed: deployedLine(record, context.now()),
    addresses: await addressesOf(context, { project }),
    functions: functions.map((one) => ({
      name: one.name,
      status: statusText('function', one),
      runtime: one.runtime,
      image: versionOf(one.code_reference),
    })),
    apps: apps.map((one) => ({
      name: one.name,
      status: statusText('app', one),
      image: versionOf(one.image_reference),
    })),
    jobs: jobs.map((one) => ({ name: one.name, image: versionOf(one.image_reference) })),
    secrets: Object.keys(record?.record.secrets ?? {}).map((name) => ({
      name,
      isThere: actual.secrets.some((one) => one.name === name),
    })),
    subscriptions: await subscriptionLines(context, project.id),
  };
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
const versionOf = (reference: string) => reference.slice(reference.lastIndexOf('/') + 1);

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
