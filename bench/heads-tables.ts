import { entries } from './heads-entries.ts';
import type { HeadRecord } from './heads-run.ts';

/** The records as the tables of docs/models.md: figures of each entry, and its curves. */
export function headTables(records: ReadonlyMap<string, HeadRecord>): string {
  const known = Object.keys(entries).filter((name) => records.has(name));
  const names = [...known, ...[...records.keys()].filter((name) => !known.includes(name))];
  const each = (row: (name: string, record: HeadRecord) => readonly string[]) =>
    names.map((name) => line([`\`${name}\``, ...row(name, records.get(name)!)]));
  const eighths = Array.from({ length: 8 }, (_, i) => `${i + 1}/8`);
  return [
    line(['', 'steps', 'training', 'processor', 'load', 'mAP', 'AUC', 'd-prime']),
    ...each((_, { steps, seconds, load, eval: { mAP, AUC, dPrime } }) => [
      steps.toLocaleString('en-US'),
      ...[seconds.wall, seconds.processor].map((value) => `${Math.round(value).toLocaleString('en-US')} s`),
      `${Math.round(load.begin)}-${Math.round(load.end)}`,
      ...[mAP.toFixed(4), AUC.toFixed(4), dPrime.toFixed(3)],
    ]),
    line(['mAP on eval after', ...eighths]),
    ...each((_, { evalCurve }) => evalCurve.map(({ mAP }) => mAP.toFixed(3))),
    line(['validation loss / 10⁻⁴ after', ...eighths]),
    ...each((_, { curve }) =>
      curve.map(({ validation }) => (validation === null ? '' : (1e4 * validation.loss).toFixed(1))),
    ),
  ].join('\n');
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
