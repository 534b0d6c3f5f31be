import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { applyResource } from '../apply/apply-resource.ts';
import { parts, resourceName } from '../desired/resource-names.ts';
import { type ActualState, isMarked, readActualState } from '../plan/actual-state.ts';
import type { ResourceStep } from '../plan/plan.ts';
import { DeploymentLease } from '../record/deployment-lease.ts';
import { removeBucketData } from './bucket-data.ts';
import type { DeployContext } from './context.ts';
import { deployedProject } from './find-place.ts';
import { serviceKeysOf } from './service-keys.ts';
import { subscribingTo } from './subscribing.ts';

export interface RemoveOptions {
  /** The objects of the bucket too. */
  readonly data: boolean;
  readonly subscriptions: 'ibmcloud' | 'print';
}

export interface RemoveReport {
  readonly service: string;
  readonly stage: string;
  readonly project: string;
  readonly removed: readonly { readonly kind: string; readonly name: string }[];
  /** Deleted from the bucket; null when its data stays. */
  readonly objects: number | null;
}

/**
 * `serverless remove`: deletes what carries the marking of this service and stage, in the order opposite to that in
 * which it was made, the record last. Project and bucket stay.
 * @throws NOT_DEPLOYED, DEPLOY_UNDERWAY, and as CodeEngine
 */
export async function remove(context: DeployContext, options: RemoveOptions): Promise<RemoveReport> {
  const { owner, print, progress, now, holder, isAlive, cloud, service } = context;
  const { project, projectName } = await deployedProject(context);
  const before = await readActualState(project, owner);
  if (before.record === null && markedSteps(before, context).length === 0) {
    throw new EarshotError('NOT_DEPLOYED', {
      field: `service ${owner.service}, stage ${owner.stage}`,
      expected: `resources in project ${projectName}`,
      received: 'none',
    });
  }
  const instance = await cloud.resources.objectStorage(service.provider.cosInstance);
  const keys = serviceKeysOf(cloud.resources, instance);
  const lease = await DeploymentLease.take({ project, owner, holder, now, isAlive, newSalt: () => '' });
  try {
    progress('Deleting subscriptions');
    await subscribingTo(context, project.id, options.subscriptions).remove();
    const actual = await readActualState(project, owner);
    const steps = markedSteps(actual, context);
    for (const step of steps) {
      lease.expectHeld();
      progress(`Deleting ${step.kind.replace('_', ' ')} ${step.name}`);
      await applyResource(step, project);
    }
    const secrets = Object.keys(lease.record.secrets);
    for (const name of secrets) {
      lease.expectHeld();
      progress(`Deleting secret ${name}`);
      await project.remove('secret', name);
    }
    let objects: number | null = null;
    if (options.data) {
      progress(`Deleting the objects of bucket ${service.provider.bucket}`);
      const key = await keys.find(resourceName(owner, parts.writeSecret));
      objects = await removeBucketData(context, instance.guid, key);
      print(`Deleted ${objects} objects of bucket ${service.provider.bucket}.`);
    }
    for (const part of [parts.readSecret, parts.writeSecret]) {
      const name = resourceName(owner, part);
      if (secrets.includes(name)) await keys.remove(name);
    }
    await lease.removeRecord();
    print(`Removed service ${owner.service}, stage ${owner.stage}, from project ${projectName}.`);
    print(
      options.data
        ? `Bucket ${service.provider.bucket}, project and images stay.`
        : `Bucket ${service.provider.bucket} with its data, project and images stay.`,
    );
    const removed = [...steps, ...secrets.map((name) => ({ kind: 'secret', name }))];
    return {
      ...{ service: owner.service, stage: owner.stage, project: projectName },
      removed: removed.map(({ kind, name }) => ({ kind, name })),
      objects,
    };
  } catch (error) {
    await lease.release().catch(() => lease.abandon());
    throw error;
  }
}

function markedSteps(actual: ActualState, { owner }: DeployContext): ResourceStep[] {
  const deletion = (kind: ResourceStep['kind']) => (one: { readonly name: string }) =>
    ({ kind, name: one.name, differences: [], doing: { action: 'delete' } }) as ResourceStep;
  const mappings = actual.record?.record.domainMappings ?? [];
  const ours = <A extends Parameters<typeof isMarked>[0]>(all: readonly A[]) =>
    all.filter((one) => isMarked(one, owner));
  return [
    ...actual.domainMappings.filter(({ name }) => mappings.includes(name)).map(deletion('domain_mapping')),
    ...ours(actual.apps).map(deletion('app')),
    ...ours(actual.functions).map(deletion('function')),
    ...ours(actual.jobs).map(deletion('job')),
  ];
}
