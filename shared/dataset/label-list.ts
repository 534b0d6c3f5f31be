import { parse } from 'csv-parse/sync';
import { EarshotError } from '../errors/earshot-error.ts';
import audioset from './audioset-labels.json' with { type: 'json' };

/** One row of a label list; clips name labels by `index`. */
export interface Label {
  readonly index: number;
  /** Machine id in the AudioSet ontology, e.g. `/m/09x0r`; any unique string in other lists. */
  readonly mid: string;
  readonly displayName: string;
}

/** AudioSet's 527 labels (Google, CC BY 4.0), the default label list. */
export const audiosetLabels: readonly Label[] = (audioset as [string, string][]).map(
  ([mid, displayName], index) => ({ index, mid, displayName }),
);

/**
 * Reads `index,mid,display_name` as AudioSet's class_labels_indices.csv has it.
 * @throws LABEL_LIST_INVALID naming the line.
 */
export function parseLabelList(csv: string, file: string): Label[] {
  const invalid = (field: string, expected: string, received: string) =>
    new EarshotError('LABEL_LIST_INVALID', { file, field, expected, received });
  let rows: CsvRow[];
  try {
    const options = { bom: true, info: true, skipEmptyLines: true, relaxColumnCount: true };
    // The package's types do not tell what `info` adds.
    rows = parse(csv, options) as unknown as CsvRow[];
  } catch (error) {
    throw invalid('csv', 'comma-separated values', error instanceof Error ? error.message : String(error));
  }
  const [header, ...body] = rows;
  if (header?.record.join(',') !== 'index,mid,display_name') {
    throw invalid('line 1', 'index,mid,display_name', header?.record.join(',') ?? 'nothing');
  }
  if (body.length === 0) throw invalid('line 2', 'at least one label', 'nothing');
  const seen = { mid: new Map<string, number>(), display_name: new Map<string, number>() };
  return body.map(({ record, info: { lines } }, index) => {
    const line = `line ${lines}`;
    const [number, mid = '', displayName = ''] = record;
    if (record.length !== 3) throw invalid(line, '3 columns', `${record.length}`);
    if (number !== String(index)) throw invalid(line, `index ${index}`, `${number}`);
    if (mid === '' || displayName === '') throw invalid(line, 'mid and display_name', record.join(','));
    for (const [column, value] of [
      ['mid', mid],
      ['display_name', displayName],
    ] as const) {
      const earlier = seen[column].get(value);
      if (earlier !== undefined) {
        throw invalid(line, `a ${column} of its own`, `"${value}" as in line ${earlier}`);
      }
      seen[column].set(value, lines);
    }
    return { index, mid, displayName };
  });
}

/** A row and the line of the file on which it ends. */
interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** As AudioSet's list is written: names in quotes, mids only where they need them. */
export function formatLabelList(labels: readonly Label[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = labels.map(
    ({ index, mid, displayName }) =>
      `${index},${/[",\r\n]/.test(mid) ? quoted(mid) : mid},${quoted(displayName)}`,
  );
  return `${['index,mid,display_name', ...rows].join('\n')}\n`;
}
