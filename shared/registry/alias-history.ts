import * as z from 'zod';

export const aliasNames = ['stable', 'candidate'] as const;
export type AliasName = (typeof aliasNames)[number];

/** How much of the traffic a candidate sees. */
export const trafficSchema = z.object({
  /** Part of the requests that it answers, 0..1. */
  share: z.number().min(0).max(1),
  /** Whether it also scores, after the answer, what stable was asked. */
  shadow: z.boolean(),
});
export type Traffic = z.infer<typeof trafficSchema>;

export const noTraffic: Traffic = { share: 0, shadow: false };

/** One line of the history: an alias was moved, or the traffic of the candidate was changed. */
export const aliasMoveSchema = z.object({
  alias: z.enum(aliasNames),
  /** Null when the candidate was taken away. */
  version: z.string().nullable(),
  /** What the alias pointed to before. */
  from: z.string().nullable(),
  at: z.iso.datetime(),
  reason: z.string(),
  /** That it takes back the move of `stable` before it, and is none of its own. */
  rollback: z.literal(true).optional(),
  /** Of a candidate, from then on. */
  traffic: trafficSchema.optional(),
});
export type AliasMove = z.infer<typeof aliasMoveSchema>;

/**
 * Versions that stable came by, oldest first, without those that were rolled back: the last is what it points to, the
 * one before it what a rollback goes to. So rollbacks one after the other go back step by step, and a promotion after
 * them goes on from there.
 */
export function trailOfStable(history: readonly AliasMove[]): string[] {
  const trail: string[] = [];
  for (const { alias, version, rollback } of history) {
    if (alias !== 'stable' || version === null) continue;
    if (rollback) trail.pop();
    else trail.push(version);
  }
  return trail;
}

/** `stable 3 → 2 at 2026-11-28T09:30:15.123Z: rolled back` */
export function moveText({ alias, version, from, at, reason, traffic }: AliasMove): string {
  const seen = traffic === undefined || version === null ? '' : `, ${trafficText(traffic)}`;
  return `${alias} ${from ?? 'none'} → ${version ?? 'none'}${seen} at ${at}: ${reason}`;
}

/** `10 % of the requests, shadow` */
export function trafficText({ share, shadow }: Traffic): string {
  const answers = share > 0 ? [`${Number((share * 100).toFixed(4))} % of the requests`] : [];
  return [...answers, ...(shadow ? ['shadow'] : [])].join(', ') || 'no traffic';
}
