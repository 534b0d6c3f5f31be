import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { csvBody } from './csv-lines.ts';
import type { ClipSource, SourceClip } from './source-clip.ts';

const timeColumns = ['start', 'end'] as const;

interface Header {
  readonly names: readonly string[];
  readonly id: number;
  readonly start: number;
  readonly end: number;
  /** Places of the values. */
  readonly values: readonly number[];
}

/**
 * Columns `id`, if need be `start` and `end` in seconds, and values: all others, in their order. A line holds one frame
 * or several, `width` values each; lines of the same id that follow each other are one clip.
 * @throws TABLE_INVALID
 */
export async function openCsvSource(file: string, width: number): Promise<ClipSource> {
  // Only for the header.
  for await (const _ of csvBody(file, (names) => headerOf(names, file, width))) break;
  return {
    file,
    width,
    hasIds: true,
    needsMeaning: true,
    clips: () => clipsOf(file, width),
  };
}

function headerOf(names: readonly string[], file: string, width: number): Header {
  const refuse = (expected: string, received: string) =>
    new EarshotError('TABLE_INVALID', { file, field: 'line 1', expected, received });
  const unnamed = names.findIndex((name) => name.trim() === '');
  if (unnamed >= 0) {
    throw refuse(
      'a name for each column; pandas leaves out its index with index=False',
      `none of column ${unnamed + 1}`,
    );
  }
  const place = (name: string) => names.indexOf(name);
  if (place('id') < 0) throw refuse('a column id', names.slice(0, 5).join(', '));
  const values = names.flatMap((name, at) => (name === 'id' || isTime(name) ? [] : [at]));
  if (values.length === 0 || values.length % width !== 0) {
    throw refuse(`columns of ${width} values, or a multiple (--width)`, `${values.length}`);
  }
  return { names, id: place('id'), start: place('start'), end: place('end'), values };
}

const isTime = (name: string) => timeColumns.some((time) => time === name);

interface OpenClip {
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly values: number[];
  readonly where: SourceClip['where'];
}

async function* clipsOf(file: string, width: number): AsyncGenerator<SourceClip> {
  let open: OpenClip | null = null;
  for await (const { header, values, line } of csvBody(file, (names) => headerOf(names, file, width))) {
    const id = values[header.id]!;
    const where = { file, field: `line ${line}` };
    const numberAt = (at: number) =>
      numberOf(values[at]!, { ...where, field: `line ${line}, ${header.names[at]}` });
    const numbers = header.values.map(numberAt);
    if (open !== null && open.id === id) {
      if (header.values.length > width) {
        throw new EarshotError('TABLE_INVALID', { ...where, expected: 'an id of its own', received: id });
      }
      open.values.push(...numbers);
      continue;
    }
    if (open !== null) yield open;
    const time = (at: number) => (at < 0 || values[at] === '' ? Number.NaN : numberAt(at));
    open = { id, start: time(header.start), end: time(header.end), values: numbers, where };
  }
  if (open !== null) yield open;
}

/** @throws TABLE_INVALID */
function numberOf(text: string, where: { file: string; field: string }): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isNaN(value)) return value;
  throw new EarshotError('TABLE_INVALID', { ...where, expected: 'a number', received: JSON.stringify(text) });
}
