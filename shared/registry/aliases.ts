import * as z from 'zod';
import { modelKeys, prefixes } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import {
  type AliasMove,
  type AliasName,
  aliasMoveSchema,
  moveText,
  noTraffic,
  type Traffic,
  trafficSchema,
} from './alias-history.ts';

/** `models/<name>/aliases.json`: the one mutable pointer; its history is only ever appended to. */
export const aliasesSchema = z.object({
  stable: z.string().nullable(),
  candidate: z.string().nullable(),
  /** Of the candidate. */
  traffic: trafficSchema.default(noTraffic),
  history: z.array(aliasMoveSchema),
});
export type Aliases = z.infer<typeof aliasesSchema>;

export interface ReadAliases {
  readonly aliases: Aliases;
  readonly etag: string;
}

export async function readAliases(store: ObjectStore, model: string): Promise<ReadAliases | null> {
  const read = await readJson(store, modelKeys(model).aliases, aliasesSchema, 'MODEL_CORRUPT');
  return read === null ? null : { aliases: read.value, etag: read.etag };
}

/** Name of the model whose aliases moved last. @throws MODEL_MISSING when there is no model */
export async function newestModel(store: ObjectStore): Promise<string> {
  let last: { readonly name: string; readonly moved: Date } | null = null;
  for await (const { key, lastModified } of store.list(prefixes.models)) {
    const name = /^([^/]+)\/aliases\.json$/.exec(key.slice(prefixes.models.length))?.[1];
    if (name !== undefined && (last === null || lastModified >= last.moved))
      last = { name, moved: lastModified };
  }
  if (last === null) throw new EarshotError('MODEL_MISSING', { file: prefixes.models });
  return last.name;
}

/** What is to become of an alias. */
export interface Move extends Pick<AliasMove, 'version' | 'reason' | 'rollback'> {
  readonly alias: AliasName;
  /** Of the candidate; none unless it is said. */
  readonly traffic?: Traffic;
}

const noAliases: Aliases = { stable: null, candidate: null, traffic: noTraffic, history: [] };

/**
 * Moves an alias by conditional write, as a run does; another writer's move in between is kept in the history.
 * @throws CONDITIONAL_WRITE_LOST after ten lost races
 */
export async function moveAlias(
  store: ObjectStore,
  model: string,
  move: { readonly alias: AliasName; readonly version: string; readonly reason: string },
): Promise<Aliases> {
  for (let race = 0; race < 10; race++) {
    const read = await readAliases(store, model);
    const now = read?.aliases ?? noAliases;
    if (now[move.alias] === move.version) return now;
    const moved = await writeMoves(store, model, read, [move]);
    if (moved !== null) return moved;
  }
  throw new EarshotError('CONDITIONAL_WRITE_LOST', { file: modelKeys(model).aliases });
}

/**
 * Moves aliases from the state that was read, all in one write.
 * @throws ALIAS_MOVED when another has moved one since: what was decided on that state may be wrong now
 */
export async function moveFrom(
  store: ObjectStore,
  model: string,
  read: ReadAliases | null,
  moves: readonly Move[],
): Promise<Aliases> {
  const moved = await writeMoves(store, model, read, moves);
  if (moved !== null) return moved;
  const latest = (await readAliases(store, model))?.aliases.history.at(-1);
  throw new EarshotError('ALIAS_MOVED', {
    file: modelKeys(model).aliases,
    expected: `aliases as they were: ${stateText(read?.aliases ?? noAliases)}`,
    received: latest === undefined ? 'no aliases any more' : moveText(latest),
  });
}

/** Null when another writer came first. */
async function writeMoves(
  store: ObjectStore,
  model: string,
  read: ReadAliases | null,
  moves: readonly Move[],
): Promise<Aliases | null> {
  const at = new Date().toISOString();
  let next = read?.aliases ?? noAliases;
  for (const { alias, version, reason, rollback, traffic = noTraffic } of moves) {
    const own = alias === 'candidate' ? { traffic } : {};
    const move = { alias, version, from: next[alias], at, reason, ...(rollback && { rollback }), ...own };
    next = { ...next, ...own, [alias]: version, history: [...next.history, move] };
  }
  const condition = read === null ? { ifAbsent: true } : { ifMatch: read.etag };
  const { written } = await writeJson(store, modelKeys(model).aliases, next, condition);
  return written ? next : null;
}

const stateText = ({ stable, candidate }: Aliases) =>
  `stable ${stable ?? 'none'}, candidate ${candidate ?? 'none'}`;
