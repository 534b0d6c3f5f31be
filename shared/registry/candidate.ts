import { modelKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { noTraffic, type Traffic, trafficText } from './alias-history.ts';
import { moveFrom } from './aliases.ts';
import { expectVersion, readKnownModel } from './known-models.ts';
import type { AliasChange } from './stable-moves.ts';
import { expectUsable } from './usable-version.ts';

export interface CandidateWish {
  /** Null takes the candidate away; left out, the one that is there stays. */
  readonly version?: string | null | undefined;
  /** What is left out stays for a candidate that stays, and is nothing for a new one. */
  readonly traffic?: Partial<Traffic> | undefined;
  readonly reason: string;
}

/**
 * Sets, changes or clears the alias `candidate` and what traffic it sees.
 *
 * @throws USAGE when the share is not in 0..1; VERSION_UNKNOWN naming what there is, also when the version is stable
 *   or there is no candidate to change; VERSION_UNUSABLE, ALIAS_MOVED when another moved an alias meanwhile
 */
export async function setCandidate(
  store: ObjectStore,
  model: string,
  { version, traffic = {}, reason }: CandidateWish,
): Promise<AliasChange> {
  expectShare(traffic.share);
  const { read, versions } = await readKnownModel(store, model);
  const { stable = null, candidate = null, traffic: seen = noTraffic } = read?.aliases ?? {};
  const to = version === undefined ? candidate : version;
  const wanted = to === null ? noTraffic : { ...(to === candidate ? seen : noTraffic), ...defined(traffic) };
  const same = to === candidate && trafficText(wanted) === trafficText(seen);
  if (version === undefined && candidate === null) {
    throw refused(model, 'a candidate, or a version to become it', 'neither');
  }
  if (same && read !== null) return { model, before: stable, changed: false, aliases: read.aliases };
  if (to !== null && to !== candidate) {
    expectVersion(model, to, versions);
    if (to === stable) throw refused(model, 'another version than stable', `"${to}", which is stable`);
    await expectUsable(store, model, to);
  }
  const moves = [{ alias: 'candidate', version: to, reason, traffic: wanted }] as const;
  return { model, before: stable, changed: true, aliases: await moveFrom(store, model, read, moves) };
}

function expectShare(share: number | undefined): void {
  if (share === undefined || (share >= 0 && share <= 1)) return;
  throw new EarshotError('USAGE', { field: 'share', expected: '0..1', received: `${share}` });
}

const refused = (model: string, expected: string, received: string) =>
  new EarshotError('VERSION_UNKNOWN', { file: modelKeys(model).base, expected, received });

const defined = (traffic: Partial<Traffic>): Partial<Traffic> =>
  Object.fromEntries(Object.entries(traffic).filter(([, value]) => value !== undefined));
