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
  let rows: string[][];
  try {
    rows = parse(csv, { bom: true, skipEmptyLines: true, relaxColumnCount: true });
  } catch (error) {
    throw invalid('csv', 'comma-separated values', error instanceof Error ? error.message : String(error));
  }
  const [header, ...body] = rows;
  if (header?.join(',') !== 'index,mid,display_name') {
    throw invalid('line 1', 'index,mid,display_name', header?.join(',') ?? 'nothing');
  }
  if (body.length === 0) throw invalid('line 2', 'at least one label', 'nothing');
  const seen = new Map<string, number>();
  return body.map((row, index) => {
    const line = `line ${index + 2}`;
    const [number, mid = '', displayName = ''] = row;
    if (row.length !== 3) throw invalid(line, '3 columns', `${row.length}`);
    if (number !== String(index)) throw invalid(line, `index ${index}`, `${number}`);
    if (mid === '' || displayName === '') throw invalid(line, 'mid and display_name', row.join(','));
    const earlier = seen.get(displayName);
    if (earlier !== undefined) {
      throw invalid(line, 'a display_name of its own', `"${displayName}" as in line ${earlier}`);
    }
    seen.set(displayName, index + 2);
    return { index, mid, displayName };
  });
}

export function formatLabelList(labels: readonly Label[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = labels.map(({ index, mid, displayName }) => `${index},${mid},${quoted(displayName)}`);
  return `${['index,mid,display_name', ...rows].join('\n')}\n`;
}
