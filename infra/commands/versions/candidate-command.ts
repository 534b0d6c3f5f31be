import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { noTraffic, type Traffic, trafficText } from '../../../shared/registry/alias-history.ts';
import type { Aliases } from '../../../shared/registry/aliases.ts';
import { setCandidate } from '../../../shared/registry/candidate.ts';
import {
  type Comparison,
  type Disagreement,
  disagreementOf,
  readComparison,
} from '../../../shared/registry/comparisons.ts';
import { readKnownModel } from '../../../shared/registry/known-models.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { bucketOf } from '../bucket-commands.ts';
import { type CommandContext, type Options, type Outcome, textOf } from '../command-outcome.ts';
import { modelOf, reasonOf } from './move-commands.ts';

/** `candidate [model] [version]`: sets, changes or clears it where an option says so, and reports how it does. */
export async function runCandidate(context: CommandContext): Promise<Outcome> {
  const { options } = context;
  const { version, traffic, isChange } = wishOf(options);
  const store = await bucketOf(context);
  const model = await modelOf(store, options);
  if (!isChange) return report(store, model);
  const reason = reasonOf(options, version === null ? 'cleared' : 'set');
  const { aliases, changed } = await setCandidate(store, model, { version, traffic, reason });
  const { stable, candidate } = aliases;
  return {
    lines: [stateLine(model, aliases), ...(changed ? [] : ['as before'])],
    json: { model, stable, candidate, traffic: aliases.traffic, changed },
  };
}

/** @throws USAGE */
export function wishOf(options: Options): {
  readonly version: string | null | undefined;
  readonly traffic: Partial<Traffic>;
  readonly isChange: boolean;
} {
  const to = textOf(options, 'to');
  const share = textOf(options, 'share');
  const shadow = typeof options['shadow'] === 'boolean' ? options['shadow'] : undefined;
  const clear = options['clear'] === true;
  const traffic: Partial<Traffic> = {
    ...(share === null ? {} : { share: shareOf(share) }),
    ...(shadow === undefined ? {} : { shadow }),
  };
  const isOther = to !== null || Object.keys(traffic).length > 0;
  if (clear && isOther) {
    const [expected, received] = ['--clear alone', 'a version or traffic beside it'];
    throw new EarshotError('USAGE', { field: 'candidate', expected, received });
  }
  return { version: clear ? null : (to ?? undefined), traffic, isChange: clear || isOther };
}

function shareOf(text: string): number {
  const per = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (per >= 0 && per <= 100) return per / 100;
  throw new EarshotError('USAGE', {
    field: '--share',
    expected: 'per cent of the requests, 0 to 100',
    received: JSON.stringify(text),
  });
}

async function report(store: ObjectStore, model: string): Promise<Outcome> {
  const { read } = await readKnownModel(store, model);
  const { stable = null, candidate = null, traffic = noTraffic } = read?.aliases ?? {};
  const pair = stable !== null && candidate !== null ? { model, stable, candidate } : null;
  const comparison = pair === null ? null : await readComparison(store, pair);
  const disagreement = comparison === null ? null : disagreementOf(comparison);
  return {
    lines: [
      stateLine(model, { stable, candidate, traffic }),
      ...(candidate === null ? [] : comparisonLines(comparison, disagreement)),
    ],
    json: { model, stable, candidate, traffic, comparison, disagreement },
  };
}

const stateLine = (
  model: string,
  { stable, candidate, traffic }: Pick<Aliases, 'stable' | 'candidate' | 'traffic'>,
) =>
  candidate === null
    ? `${model}: stable ${stable ?? 'none'}, no candidate`
    : `${model}: stable ${stable ?? 'none'}, candidate ${candidate} (${trafficText(traffic)})`;

function comparisonLines(
  comparison: (Comparison & { readonly instances: number }) | null,
  disagreement: Disagreement | null,
): string[] {
  if (comparison === null)
    return ['nothing compared yet: --shadow lets the candidate score what stable answers'];
  const { requests, clips, instances, skipped, failed, from, to } = comparison;
  const lines = [
    `compared: ${requests} requests, ${clips} clips, by ${instances} instances, ${from} to ${to}`,
    `not compared: ${skipped} skipped while requests had no pause, ${failed} that the candidate could not score`,
  ];
  if (disagreement === null) return lines;
  const { meanDifference, largestDifference, sameTop1, top5Overlap, labelsDiffer } = disagreement;
  return [
    ...lines,
    `|Δ probability|: mean ${meanDifference.toFixed(4)}, largest ${largestDifference.toFixed(4)}`,
    `same first label in ${percent(sameTop1)} of the clips; ${percent(top5Overlap)} of the first five are the same`,
    `other labels above the threshold in ${percent(labelsDiffer)} of the clips`,
  ];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
