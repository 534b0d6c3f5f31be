import { moveText, trafficText } from '../../../shared/registry/alias-history.ts';
import { type ListedModel, type ListedVersion, listModels } from '../../../shared/registry/list-models.ts';
import { bucketOf } from '../bucket-commands.ts';
import { type CommandContext, type Outcome, textOf } from '../command-outcome.ts';

/** Moves that people are shown, the newest; JSON has all. */
const mostMoves = 5;

/** `models [model]` */
export async function runModels(context: CommandContext): Promise<Outcome> {
  const models = await listModels(await bucketOf(context), textOf(context.options, 'model') ?? undefined);
  const lines = models.flatMap((model, i) => [...(i > 0 ? [''] : []), ...modelLines(model)]);
  return { lines: models.length === 0 ? ['there is no model yet'] : lines, json: { models } };
}

function modelLines({ model, stable, candidate, traffic, versions, history }: ListedModel): string[] {
  const beside = candidate === null ? '' : `, candidate ${candidate} (${trafficText(traffic)})`;
  const left = history.length - mostMoves;
  return [
    `${model}: stable ${stable ?? 'none'}${beside}`,
    ...table([
      ['version', 'alias', 'mAP', 'AUC', 'd-prime', 'MB', 'when', 'run'],
      ...versions.toReversed().map(versionRow),
    ]),
    ...(left > 0 ? [`  ${left} earlier moves, in --json`] : []),
    ...history.slice(-mostMoves).map((move) => `  ${moveText(move)}`),
  ];
}

function versionRow({ version, aliases, complete, metrics, bytes, at, run }: ListedVersion): string[] {
  const figure = (value: number | null, digits: number) => value?.toFixed(digits) ?? '-';
  return [
    version,
    aliases.join(', ') || '-',
    figure(metrics.mAP, 4),
    figure(metrics.AUC, 4),
    figure(metrics.dPrime, 2),
    (bytes / 1e6).toFixed(1),
    complete && at !== null ? at.slice(0, 16).replace('T', ' ') : 'not complete',
    run ?? '-',
  ];
}

/** Two spaces between the columns. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
}
