import { secretExtension } from '../../../shared/events/subscription-secret.ts';
import type { DesiredSubscription } from './subscription-driver.ts';
import { digestExtension, ownerExtension } from './subscription-marks.ts';

/** A subscription as the command line tells of it. */
export interface ReadSubscription {
  readonly kind: DesiredSubscription['kind'];
  readonly name: string;
  readonly isReady: boolean | null;
  /** Value of each extension that Earshot gives; null when it is not there. */
  readonly owner: string | null;
  readonly digest: string | null;
  readonly secret: string | null;
  /** By the name of the property of a desired one; absent when it could not be found. */
  readonly fields: Readonly<Partial<Record<string, string>>>;
}

type Node = Readonly<Record<string, unknown>>;

/** Names that a property may have in the resource. */
const fieldNames: Readonly<Record<string, readonly string[]>> = {
  bucket: ['bucket'],
  operation: ['eventType', 'event_type'],
  prefix: ['prefix'],
  suffix: ['suffix'],
  schedule: ['schedule'],
};

/**
 * Reads what `subscription cos|cron list --output json` prints. The shape of the resource is not published: only its
 * name is taken for granted, everything else is looked for wherever it may be.
 * @returns null when there is no name in it
 */
export function readSubscriptions(
  kind: DesiredSubscription['kind'],
  printed: unknown,
): ReadSubscription[] | null {
  const items = Array.isArray(printed) ? printed : printed === null ? [] : nodeOf(printed)['items'];
  if (items === null) return [];
  if (!Array.isArray(items)) return null;
  const read = items.map((item) => readOne(kind, item));
  return read.every((one) => one !== null) ? read : null;
}

function readOne(kind: DesiredSubscription['kind'], item: unknown): ReadSubscription | null {
  const root = nodeOf(item);
  const name = nodeOf(root['metadata'])['name'] ?? root['name'];
  if (typeof name !== 'string') return null;
  const spec = root['spec'] ?? item;
  return {
    kind,
    name,
    isReady: readinessOf(root),
    owner: extension(item, ownerExtension),
    digest: extension(item, digestExtension),
    secret: extension(item, secretExtension),
    fields: fieldsOf(kind, nodeOf(spec)),
  };
}

/** What is empty is left out of a resource that is known to have the others. */
function fieldsOf(kind: DesiredSubscription['kind'], spec: Node): Record<string, string> {
  const found = Object.entries(fieldNames).flatMap(([property, names]) => {
    const value = names.map((name) => spec[name]).find((one) => typeof one === 'string');
    return value === undefined ? [] : [[property, value as string] as const];
  });
  const empty = kind === 'cos' && typeof spec['bucket'] === 'string' ? { prefix: '', suffix: '' } : {};
  return { ...empty, ...Object.fromEntries(found) };
}

/** The condition `Ready`, as Kubernetes resources have it. */
function readinessOf(root: Node): boolean | null {
  const conditions = nodeOf(root['status'])['conditions'];
  if (!Array.isArray(conditions)) return null;
  const ready = conditions.map(nodeOf).find(({ type }) => type === 'Ready');
  return ready === undefined ? null : String(ready['status']).toLowerCase() === 'true';
}

/** An extension is a property, `{"earshotowner": "…"}`, or an entry, `{"name": "earshotowner", "value": "…"}`. */
function extension(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const node = value as Node;
  if (typeof node[name] === 'string') return node[name];
  if ((node['name'] ?? node['key']) === name && typeof node['value'] === 'string') return node['value'];
  for (const inner of Object.values(node)) {
    const found = extension(inner, name);
    if (found !== null) return found;
  }
  return null;
}

const nodeOf = (value: unknown): Node => (typeof value === 'object' && value !== null ? (value as Node) : {});
