import { modelKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { trailOfStable } from './alias-history.ts';
import { type Aliases, type Move, moveFrom } from './aliases.ts';
import { expectVersion, readKnownModel } from './known-models.ts';
import { expectUsable } from './usable-version.ts';

/** What a move of an alias came to. */
export interface AliasChange {
  readonly model: string;
  /** That stable pointed to before. */
  readonly before: string | null;
  /** False when everything was so already. */
  readonly changed: boolean;
  readonly aliases: Aliases;
}

/**
 * Moves `stable` to a version; a candidate that becomes stable is no candidate any more.
 *
 * @param version the candidate when it is left out
 * @throws VERSION_UNKNOWN naming what there is, VERSION_UNUSABLE, ALIAS_MOVED when another moved an alias meanwhile
 */
export async function promote(
  store: ObjectStore,
  model: string,
  { version, reason }: { readonly version?: string | undefined; readonly reason: string },
): Promise<AliasChange> {
  const { read, versions } = await readKnownModel(store, model);
  const { stable = null, candidate = null } = read?.aliases ?? {};
  const to = version ?? candidate;
  if (to === null) {
    const [expected, received] = ['a version, or a candidate to promote', 'neither'];
    throw new EarshotError('VERSION_UNKNOWN', { file: modelKeys(model).base, expected, received });
  }
  expectVersion(model, to, versions);
  if (read !== null && to === stable) return { model, before: stable, changed: false, aliases: read.aliases };
  await expectUsable(store, model, to);
  const moves: Move[] = [{ alias: 'stable', version: to, reason }];
  if (to === candidate) moves.push({ alias: 'candidate', version: null, reason: 'promoted' });
  return { model, before: stable, changed: true, aliases: await moveFrom(store, model, read, moves) };
}

/**
 * Moves `stable` back to the version that it had before; again and again, one step further each time.
 * @throws ROLLBACK_IMPOSSIBLE, VERSION_UNUSABLE when that version is gone or damaged, VERSION_UNKNOWN, ALIAS_MOVED
 */
export async function rollback(
  store: ObjectStore,
  model: string,
  { reason }: { readonly reason: string },
): Promise<AliasChange> {
  const { read } = await readKnownModel(store, model);
  const { stable = null, history = [] } = read?.aliases ?? {};
  const to = trailOfStable(history).at(-2);
  if (to === undefined) {
    throw new EarshotError('ROLLBACK_IMPOSSIBLE', {
      file: modelKeys(model).aliases,
      expected: 'a version that stable had before',
      received: stable === null ? 'stable was never set' : `${stable} is its first`,
    });
  }
  await expectUsable(store, model, to);
  const moves: Move[] = [{ alias: 'stable', version: to, reason, rollback: true }];
  return { model, before: stable, changed: true, aliases: await moveFrom(store, model, read, moves) };
}
