import pMap from 'p-map';
import * as z from 'zod';
import { modelKeys, prefixes } from '../dataset/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type AliasMove, type AliasName, aliasNames, noTraffic, type Traffic } from './alias-history.ts';
import { type ReadAliases, readAliases } from './aliases.ts';
import { findVersions, isComplete, readKnownModel, type VersionObjects } from './known-models.ts';

/** A version as it is listed; null is what it does not say. */
export interface ListedVersion {
  readonly version: string;
  readonly aliases: readonly AliasName[];
  /** False while it is written, and when its writer has died. */
  readonly complete: boolean;
  /** Of all its objects. */
  readonly bytes: number;
  /** ISO time of its completion. */
  readonly at: string | null;
  readonly run: string | null;
  readonly dataset: string | null;
  readonly metrics: {
    readonly mAP: number | null;
    readonly AUC: number | null;
    readonly dPrime: number | null;
  };
}

export interface ListedModel {
  readonly model: string;
  readonly stable: string | null;
  readonly candidate: string | null;
  /** Of the candidate. */
  readonly traffic: Traffic;
  /** In the order of their numbers. */
  readonly versions: readonly ListedVersion[];
  /** Moves of the aliases, oldest first. */
  readonly history: readonly AliasMove[];
}

/** Reads at once. */
const concurrency = 16;

/** Every model of the bucket, or the one that is named. @throws VERSION_UNKNOWN, MODEL_CORRUPT of the aliases */
export async function listModels(store: ObjectStore, model?: string): Promise<ListedModel[]> {
  if (model !== undefined) {
    const { read, versions } = await readKnownModel(store, model);
    return [await listed(store, model, read, versions)];
  }
  const models = await findVersions(store, prefixes.models);
  return pMap(
    models,
    async ([name, versions]) => listed(store, name, await readAliases(store, name), versions),
    { concurrency },
  );
}

async function listed(
  store: ObjectStore,
  model: string,
  read: ReadAliases | null,
  versions: ReadonlyMap<string, VersionObjects>,
): Promise<ListedModel> {
  const { stable = null, candidate = null, traffic = noTraffic, history = [] } = read?.aliases ?? {};
  const pointing = { stable, candidate };
  return {
    ...{ model, stable, candidate, traffic, history },
    versions: await pMap(
      versions,
      async ([version, objects]) => ({
        version,
        aliases: aliasNames.filter((alias) => pointing[alias] === version),
        complete: isComplete(objects),
        bytes: [...objects.values()].reduce((sum, { size }) => sum + size, 0),
        at: objects.get('model.json')?.lastModified.toISOString() ?? null,
        ...(await told(store, model, version)),
      }),
      { concurrency },
    ),
  };
}

const figure = z.number().nullable().catch(null);
const metricsSchema = z.object({ mAP: figure, AUC: figure, dPrime: figure });
const text = z.string().nullable().catch(null);
const lineageSchema = z.object({ run: text, dataset: text });

/** What a version says of itself; the run that claimed it, until it says so. */
async function told(store: ObjectStore, model: string, version: string) {
  const keys = modelKeys(model).version(version);
  const [metrics, lineage, claim] = await Promise.all(
    [keys.metrics, keys.lineage, keys.claim].map((key) => jsonOf(store, key)),
  );
  const { run, dataset } = lineageSchema.parse(lineage);
  return { run: run ?? lineageSchema.parse(claim).run, dataset, metrics: metricsSchema.parse(metrics) };
}

/** Empty when it is not there or no object: a list says what it can. */
async function jsonOf(store: ObjectStore, key: string): Promise<object> {
  const read = await store.get(key);
  if (read === null) return {};
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(read.bytes).toString()));
  } catch {
    return {};
  }
}
