import { modelKeys, prefixes } from '../dataset/keys.ts';
import { didYouMean } from '../errors/did-you-mean.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { type ReadAliases, readAliases } from './aliases.ts';

/** The objects of a version, by what stands behind `models/<model>/<version>/`. */
export type VersionObjects = ReadonlyMap<string, ObjectInfo>;

export interface KnownModel {
  readonly model: string;
  /** Null before the first move of an alias. */
  readonly read: ReadAliases | null;
  /** In the order of their numbers. */
  readonly versions: ReadonlyMap<string, VersionObjects>;
}

/** Every model in the bucket, or one, by one listing: name → version → objects. */
export async function findVersions(
  store: ObjectStore,
  prefix: string = prefixes.models,
): Promise<Map<string, Map<string, VersionObjects>>> {
  const models = new Map<string, Map<string, Map<string, ObjectInfo>>>();
  for await (const info of store.list(prefix)) {
    const [model = '', ...rest] = info.key.slice(prefixes.models.length).split('/');
    const versions = models.get(model) ?? new Map<string, Map<string, ObjectInfo>>();
    models.set(model, versions);
    const version = rest.length > 1 && isVersion(rest[0]!) ? rest[0]! : null;
    if (version === null) continue;
    const objects = versions.get(version) ?? new Map<string, ObjectInfo>();
    versions.set(version, objects.set(rest.slice(1).join('/'), info));
  }
  return new Map(
    [...models].map(([model, versions]) => [
      model,
      new Map([...versions].sort(([a], [b]) => Number(a) - Number(b))),
    ]),
  );
}

/** Versions are whole numbers from 1 on. */
const isVersion = (text: string) => /^[1-9]\d*$/.test(text);

/** Marked by `model.json`, which is written last. */
export const isComplete = (objects: VersionObjects) => objects.has('model.json');

/** @throws VERSION_UNKNOWN naming the models that there are */
export async function readKnownModel(store: ObjectStore, model: string): Promise<KnownModel> {
  const found = model === '' ? undefined : (await findVersions(store, modelKeys(model).base)).get(model);
  if (found !== undefined) return { model, read: await readAliases(store, model), versions: found };
  throw unknownModel(model, [...(await findVersions(store)).keys()]);
}

/** The one model of the bucket. @throws VERSION_UNKNOWN when there are several, or none */
export async function onlyModel(store: ObjectStore): Promise<string> {
  const names = [...(await findVersions(store)).keys()];
  if (names.length === 1) return names[0]!;
  throw unknownModel('', names);
}

/** @throws VERSION_UNKNOWN naming the complete versions that there are */
export function expectVersion(model: string, version: string, versions: KnownModel['versions']): void {
  const complete = [...versions].filter(([, objects]) => isComplete(objects)).map(([name]) => name);
  if (complete.includes(version)) return;
  // Of numbers, any is near any other.
  const meant = /^\d+$/.test(version) ? '' : didYouMean(version, complete);
  const state = versions.has(version) ? ', which is not complete' : meant;
  throw new EarshotError('VERSION_UNKNOWN', {
    file: modelKeys(model).base,
    expected: oneOf('version', complete),
    received: `"${version}"${state}`,
  });
}

function unknownModel(model: string, names: readonly string[]): EarshotError {
  const received = model === '' ? 'no name' : `"${model}"${didYouMean(model, names)}`;
  return new EarshotError('VERSION_UNKNOWN', {
    file: prefixes.models,
    expected: oneOf('model', names),
    received,
  });
}

/** How many names an error lists, of the newest. */
const mostNames = 20;

function oneOf(what: string, names: readonly string[]): string {
  if (names.length === 0) return `a ${what}, and there is none yet`;
  const left = names.length - mostNames;
  return `a ${what}: ${left > 0 ? `${left} others, ` : ''}${names.slice(-mostNames).join(', ')}`;
}
