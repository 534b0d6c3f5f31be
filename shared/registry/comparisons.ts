import pMap from 'p-map';
import * as z from 'zod';
import { modelKeys } from '../dataset/keys.ts';
import type { ClipDifference, ComparedPair } from '../inference/comparison.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/**
 * Sums over what one instance has compared of a pair, or all instances together. Kept as sums, so that they add up and
 * an instance that is replaced loses only what it has not written yet.
 */
export const comparisonSchema = z.object({
  /** Requests that were compared, and their clips. */
  requests: z.int(),
  clips: z.int(),
  /** Sum over the clips of the mean |Δ probability|. */
  difference: z.number(),
  /** Largest |Δ probability| of all. */
  largest: z.number(),
  /** Clips with the same most probable label. */
  sameTop1: z.int(),
  /** Sum over the clips of the part of the five most probable labels that both name. */
  top5Overlap: z.number(),
  /** Clips of which another set of labels is above the threshold. */
  labelsDiffer: z.int(),
  /** Requests that were not compared. */
  skipped: z.int(),
  failed: z.int(),
  /** When the first and the last was counted. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export function noComparison(at: Date): Comparison {
  const [from, to] = [at.toISOString(), at.toISOString()];
  const counts = { requests: 0, clips: 0, sameTop1: 0, labelsDiffer: 0, skipped: 0, failed: 0 };
  return { ...counts, difference: 0, largest: 0, top5Overlap: 0, from, to };
}

/** With one request more. */
export function withRequest(so: Comparison, clips: readonly ClipDifference[], at: Date): Comparison {
  const sum = (of: (clip: ClipDifference) => number) => clips.reduce((total, clip) => total + of(clip), 0);
  return {
    ...so,
    requests: so.requests + 1,
    clips: so.clips + clips.length,
    difference: so.difference + sum(({ mean }) => mean),
    largest: clips.reduce((most, { largest }) => Math.max(most, largest), so.largest),
    sameTop1: so.sameTop1 + sum(({ sameTop1 }) => Number(sameTop1)),
    top5Overlap: so.top5Overlap + sum(({ top5Overlap }) => top5Overlap),
    labelsDiffer: so.labelsDiffer + sum(({ labelsDiffer }) => Number(labelsDiffer)),
    to: at.toISOString(),
  };
}

/** What a comparison says, as shares of the clips; null before there is one. */
export interface Disagreement {
  readonly meanDifference: number;
  readonly largestDifference: number;
  readonly sameTop1: number;
  readonly top5Overlap: number;
  readonly labelsDiffer: number;
}

export function disagreementOf(comparison: Comparison): Disagreement | null {
  const { clips, difference, largest, sameTop1, top5Overlap, labelsDiffer } = comparison;
  if (clips === 0) return null;
  return {
    meanDifference: difference / clips,
    largestDifference: largest,
    sameTop1: sameTop1 / clips,
    top5Overlap: top5Overlap / clips,
    labelsDiffer: labelsDiffer / clips,
  };
}

/** Replaces what the instance wrote before; nobody else writes its object. */
export async function writeComparison(
  store: ObjectStore,
  { model, stable, candidate }: ComparedPair,
  instance: string,
  comparison: Comparison,
): Promise<void> {
  const key = `${modelKeys(model).comparisons(stable, candidate)}${instance}.json`;
  await writeJson(store, key, comparison);
}

/** All instances together; null when none has written. @throws MODEL_CORRUPT naming the object */
export async function readComparison(
  store: ObjectStore,
  { model, stable, candidate }: ComparedPair,
): Promise<(Comparison & { readonly instances: number }) | null> {
  const keys: string[] = [];
  for await (const { key } of store.list(modelKeys(model).comparisons(stable, candidate))) keys.push(key);
  const read = await pMap(keys, (key) => readJson(store, key, comparisonSchema, 'MODEL_CORRUPT'), {
    concurrency: 16,
  });
  const all = read.flatMap((one) => (one === null ? [] : [one.value]));
  return all.length === 0 ? null : { ...all.reduce(together), instances: all.length };
}

const together = (a: Comparison, b: Comparison): Comparison => ({
  requests: a.requests + b.requests,
  clips: a.clips + b.clips,
  difference: a.difference + b.difference,
  largest: Math.max(a.largest, b.largest),
  sameTop1: a.sameTop1 + b.sameTop1,
  top5Overlap: a.top5Overlap + b.top5Overlap,
  labelsDiffer: a.labelsDiffer + b.labelsDiffer,
  skipped: a.skipped + b.skipped,
  failed: a.failed + b.failed,
  from: a.from < b.from ? a.from : b.from,
  to: a.to > b.to ? a.to : b.to,
});
