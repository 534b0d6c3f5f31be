import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { csvBody } from './csv-lines.ts';

/** What the label file says of a clip. */
export interface ClipLabels {
  readonly id: string;
  /** Names, each once. */
  readonly labels: readonly string[];
  /** Seconds; NaN where it does not say. */
  readonly start: number;
  readonly end: number;
  /** The recording that the clip is of; null where it does not say. */
  readonly source: string | null;
  readonly split: 'train' | 'eval' | null;
  readonly line: number;
}

const columns = ['id', 'labels', 'start', 'end', 'source', 'split'] as const;
type Column = (typeof columns)[number];
const separator = ';';

/**
 * `id,labels`, several labels with a semicolon between; if need be `start`, `end` (seconds), `source`, `split` (train or
 * eval). Each id stands in one line.
 * @throws TABLE_INVALID
 */
export async function readClipLabels(file: string): Promise<ClipLabels[]> {
  const rows: ClipLabels[] = [];
  const lineOf = new Map<string, number>();
  for await (const { header, values, line } of csvBody(file, (names) => placesOf(names, file))) {
    const invalid = (column: Column, expected: string, received: string) =>
      new EarshotError('TABLE_INVALID', { file, field: `line ${line}, ${column}`, expected, received });
    const text = (column: Column) => (header[column] === undefined ? '' : values[header[column]]!.trim());
    const seconds = (column: 'start' | 'end') => {
      const value = text(column) === '' ? Number.NaN : Number(text(column));
      if (text(column) !== '' && !Number.isFinite(value)) {
        throw invalid(column, 'seconds', JSON.stringify(text(column)));
      }
      return value;
    };
    const id = text('id');
    if (id === '') throw invalid('id', 'an id', 'nothing');
    const earlier = lineOf.get(id);
    if (earlier !== undefined) throw invalid('id', 'an id of its own', `${id} as in line ${earlier}`);
    lineOf.set(id, line);
    const split = text('split');
    if (split !== '' && split !== 'train' && split !== 'eval') {
      throw invalid('split', 'train, eval or nothing', JSON.stringify(split));
    }
    const source = text('source');
    if (source.includes('#')) throw invalid('source', 'a name without #', JSON.stringify(source));
    const labels = text('labels')
      .split(separator)
      .map((name) => name.trim())
      .filter(Boolean);
    rows.push({
      id,
      labels: [...new Set(labels)],
      start: seconds('start'),
      end: seconds('end'),
      source: source || null,
      split: split === '' ? null : split,
      line,
    });
  }
  return rows;
}

function placesOf(names: readonly string[], file: string): Readonly<Partial<Record<Column, number>>> {
  const invalid = (expected: string, received: string) =>
    new EarshotError('TABLE_INVALID', { file, field: 'line 1', expected, received });
  const unknown = names.find((name) => !columns.some((known) => known === name.trim()));
  if (unknown !== undefined) throw invalid(`columns ${columns.join(', ')}`, JSON.stringify(unknown));
  const places = Object.fromEntries(names.map((name, at) => [name.trim(), at]));
  for (const needed of ['id', 'labels']) {
    if (places[needed] === undefined) throw invalid(`a column ${needed}`, names.join(', '));
  }
  return places;
}
