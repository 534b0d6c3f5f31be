import { randomBytes } from 'node:crypto';
import { requiredSetting } from '../../../shared/config/settings.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Service } from '../../service/service.ts';
import { applyPlan, wanted } from '../apply/apply-plan.ts';
import { waitForAll } from '../apply/apply-resource.ts';
import type { ShownKey } from '../apply/apply-secret.ts';
import type { ServiceKeys } from '../apply/secret-values.ts';
import { allKeysOf, keySecret, keyTitle } from '../desired/api-keys.ts';
import { keyVariables } from '../desired/desired-secrets.ts';
import { type DesiredState, desiredState, functionNames } from '../desired/desired-state.ts';
import { type Owner, parts, resourceName } from '../desired/resource-names.ts';
import type { Place } from '../place/place.ts';
import { type ActualState, emptyState, readActualState } from '../plan/actual-state.ts';
import { isIdle, type Plan, planOf } from '../plan/plan.ts';
import { planLines } from '../plan/plan-lines.ts';
import { DeploymentLease } from '../record/deployment-lease.ts';
import type { DeployContext } from './context.ts';
import type { DeploymentImages } from './deployment-images.ts';
import { completePlace, type FoundPlace, findPlace } from './find-place.ts';
import { buildJobImage } from './image-plan.ts';
import { narrowTo } from './one-function.ts';
import { serviceKeysOf } from './service-keys.ts';
import { type Subscribing, subscribingTo } from './subscribing.ts';
import { type Addresses, tellDeployment } from './tell-deployment.ts';

export interface DeployOptions {
  /** Makes project, bucket and authorization where they are missing. */
  readonly create: boolean;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  readonly subscriptions: 'ibmcloud' | 'print';
  /** Names of API keys to make anew; null: all of them. */
  readonly newKeys: readonly string[] | null;
  /** Only this function. */
  readonly onlyFunction?: string | undefined;
}

/** What a deployment changed or, on a dry run, would change. */
export interface DeployReport {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
  readonly dryRun: boolean;
  /** What `--create` would make first. */
  readonly missing: readonly string[];
  readonly changes: readonly {
    readonly kind: string;
    readonly name: string;
    readonly action: string;
  }[];
  /** One line each, of a dry run. */
  readonly subscriptions?: readonly string[];
  readonly addresses?: Addresses;
  /** Those that were made now; each is shown this once. */
  readonly apiKeys?: readonly ShownKey[];
  readonly seconds?: number;
}

/** What a plan is made from, besides the actual state. */
interface Wishes {
  readonly desired: DesiredState;
  readonly images: DeploymentImages;
  readonly keys: ServiceKeys;
  readonly subscribing: Subscribing;
}

/**
 * `serverless deploy`: makes the project as serverless.yml has it. Reads everything, and does nothing when nothing
 * differs; else takes the lease, reads again, and applies the difference.
 * @throws DEPLOY_UNDERWAY, DEPLOY_TAKEN_OVER, RESOURCE_FOREIGN, SERVICE_INVALID, SETTING_INVALID, and as its parts
 */
export async function deploy(context: DeployContext, options: DeployOptions): Promise<DeployReport> {
  const { now, print } = context;
  const started = now().getTime();
  const found = await findPlace(context, options.create && !options.dryRun);
  const images = await imagesOf(context, found);
  const desired = desiredState(context.service, context.owner, found.registry, images.images);
  if (options.dryRun) return dryRun(context, options, found, desired);

  const place = completePlace(found, context);
  const wishes: Wishes = {
    desired,
    images,
    keys: serviceKeysOf(context.cloud.resources, place.instance),
    subscribing: subscribingTo(context, place.project.id, options.subscriptions),
  };
  const actual = await readActualState(place.project, context.owner);
  const plan = await planFor(context, options, wishes, actual);
  const { subscribing } = wishes;
  const isSubscribed = options.onlyFunction !== undefined || (await subscribing.isDone(actual));
  const isIdleAll = plan.every(isIdle) && isSubscribed;
  if (isIdleAll) {
    await waitForAll(place.project, wanted(plan), statusTo(context));
    print('Nothing changed: everything is as serverless.yml has it.');
  }
  const changed = isIdleAll ? { changes: [], apiKeys: [] } : await change(context, options, place, wishes);
  const seconds = (now().getTime() - started) / 1000;
  const addresses = await tellDeployment(context, place, desired, seconds);
  return { ...whose(context), dryRun: false, missing: [], ...changed, addresses, seconds };
}

const whose = ({ owner, cloud }: DeployContext) => ({
  service: owner.service,
  stage: owner.stage,
  region: cloud.region,
});

const changesOf = (plan: Plan) =>
  plan.filter((step) => !isIdle(step)).map(({ kind, name, doing }) => ({ kind, name, action: doing.action }));

async function dryRun(
  context: DeployContext,
  options: DeployOptions,
  found: FoundPlace,
  desired: DesiredState,
): Promise<DeployReport> {
  const { cloud, owner, print } = context;
  const { project, instance, missing } = found;
  const keys = serviceKeysOf(cloud.resources, instance);
  const place = project === null ? null : cloud.codeEngine.project(project.id ?? '');
  const actual = place === null ? emptyState : await readActualState(place, owner);
  const subscribing = place === null ? null : subscribingTo(context, place.id, options.subscriptions);
  const plan = await planFor(context, options, { desired, keys, subscribing }, actual);
  for (const what of missing) print(`! ${what} is missing: deploy --create makes it`);
  for (const line of planLines(plan)) print(line);
  const isSubscribing = subscribing !== null && options.onlyFunction === undefined;
  const subscriptions = isSubscribing ? await subscribing.planLines(actual) : [];
  for (const line of subscriptions) print(line);
  print('Nothing was done: this was a dry run.');
  return { ...whose(context), dryRun: true, missing, changes: changesOf(plan), subscriptions };
}

async function planFor(
  { env, owner, now, service }: DeployContext,
  { newKeys, onlyFunction }: DeployOptions,
  { desired, keys, subscribing }: Pick<Wishes, 'desired' | 'keys'> & { subscribing: Subscribing | null },
  actual: ActualState,
): Promise<Plan> {
  const names = desired.secrets.filter(({ source }) => source === 'service-key').map(({ name }) => name);
  const there = await Promise.all(names.map(async (name) => ((await keys.has(name)) ? [name] : [])));
  const renewed = [
    ...renewedKeys(service, owner, newKeys),
    ...(subscribing?.needsNewSecret(actual) ? [resourceName(owner, parts.eventsSecret)] : []),
  ];
  const plan = planOf(desired, actual, {
    env,
    serviceKeys: there.flat(),
    renewed,
    time: now().toISOString(),
  });
  return onlyFunction === undefined
    ? plan
    : narrowTo(onlyFunction, Object.keys(service.functions), plan, desired, owner);
}

/** Secrets of the keys that are to be made anew. @throws USAGE for a key that serverless.yml does not name */
function renewedKeys(service: Service, owner: Owner, newKeys: readonly string[] | null): string[] {
  const known = allKeysOf(service, functionNames(service).http);
  const unknown = newKeys?.find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const expected = `an API key that serverless.yml names: ${known.join(', ') || 'none, it is public'}`;
    throw new EarshotError('USAGE', { field: '--key', expected, received: unknown });
  }
  return (newKeys ?? known).map((key) => keySecret(owner, key));
}

async function change(
  context: DeployContext,
  options: DeployOptions,
  { project }: Place,
  wishes: Wishes,
): Promise<Required<Pick<DeployReport, 'changes' | 'apiKeys'>>> {
  const { owner, now, progress, print, holder, isAlive } = context;
  const { desired, images, keys, subscribing } = wishes;
  const newSalt = () => randomBytes(16).toString('hex');
  const lease = await DeploymentLease.take({ project, owner, holder, now, isAlive, newSalt });
  try {
    // What another deployment did until this one held the lease counts.
    const actual = await readActualState(project, owner);
    const plan = await planFor(context, options, wishes, actual);
    const applied = await applyPlan(desired, plan, resourceName(owner, parts.eventsSecret), {
      project,
      lease,
      keys,
      now,
      onProgress: progress,
      provideImage: async (reference) => {
        progress(`Image ${reference}`);
        await images.provide(reference);
      },
      subscribe: (secret) =>
        options.onlyFunction === undefined
          ? subscribing.apply(actual, secret)
          : Promise.resolve(actual.record?.record.subscriptions ?? ''),
    });
    for (const { name, key } of applied.shownKeys) print(`${keyTitle(name)}: ${key}`);
    if (applied.shownKeys.length > 0) {
      print('It is shown this once. Keep it; serverless deploy --new-key makes another.');
    }
    await lease.release(applied.record);
    return { changes: changesOf(plan), apiKeys: applied.shownKeys };
  } catch (error) {
    // The next deployment finishes it; if even this fails, it waits until the lease has run out.
    await lease.release().catch(() => lease.abandon());
    throw error;
  }
}

async function imagesOf(context: DeployContext, found: FoundPlace): Promise<DeploymentImages> {
  const { service, root, env, owner, cloud, progress } = context;
  const [own, usual] = keyVariables.registry;
  return context.openImages({
    service,
    root,
    registry: found.registry,
    apiKey: env[own] || requiredSetting(env, usual),
    build: (job, image) =>
      buildJobImage(cloud.codeEngine.project(found.project?.id ?? ''), owner, job, image, progress),
  });
}

const statusTo =
  ({ progress }: DeployContext) =>
  (resource: string, status: string, reason: string | undefined) =>
    progress(`${resource}: ${status}${reason === undefined ? '' : ` (${reason})`}`);
