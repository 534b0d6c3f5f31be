import * as z from 'zod';
import { modelKeys, prefixes } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** `models/<name>/aliases.json`: the one mutable pointer; its history is only ever appended to. */
export const aliasesSchema = z.object({
  stable: z.string().nullable(),
  candidate: z.string().nullable(),
  history: z.array(
    z.object({
      alias: z.enum(['stable', 'candidate']),
      version: z.string(),
      /** What the alias pointed to before. */
      from: z.string().nullable(),
      at: z.iso.datetime(),
      reason: z.string(),
    }),
  ),
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

/**
 * Moves an alias by conditional write; another writer's move in between is kept in the history.
 * @throws CONDITIONAL_WRITE_LOST after ten lost races
 */
export async function moveAlias(
  store: ObjectStore,
  model: string,
  move: { readonly alias: 'stable' | 'candidate'; readonly version: string; readonly reason: string },
): Promise<Aliases> {
  const key = modelKeys(model).aliases;
  for (let race = 0; race < 10; race++) {
    const read = await readAliases(store, model);
    const now = read?.aliases ?? { stable: null, candidate: null, history: [] };
    if (now[move.alias] === move.version) return now;
    const entry = { ...move, from: now[move.alias], at: new Date().toISOString() };
    const next: Aliases = { ...now, [move.alias]: move.version, history: [...now.history, entry] };
    const condition = read === null ? { ifAbsent: true } : { ifMatch: read.etag };
    if ((await writeJson(store, key, next, condition)).written) return next;
  }
  throw new EarshotError('CONDITIONAL_WRITE_LOST', { file: key });
}
