import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

export interface CsvLine {
  /** In the order of the header. */
  readonly values: readonly string[];
  /** Of the file, counted from 1; where the record ends, should it be of several. */
  readonly line: number;
}

/** A clip of 1,000 frames of 8,192 values in text, and a quote that never ends. */
const longestLine = 256 * 1024 * 1024;

/**
 * The lines of a CSV file, the header first, read as they are needed; every line has as many values as the header.
 * @throws TABLE_INVALID
 */
async function* csvLines(file: string): AsyncGenerator<CsvLine> {
  const parser = parse({
    bom: true,
    info: true,
    skipEmptyLines: true,
    relaxColumnCount: true,
    maxRecordSize: longestLine,
  });
  let columns: number | null = null;
  // Errors of either reach the loop through the parser.
  pipeline(createReadStream(file), parser, () => {});
  try {
    // The package's types do not tell what `info` adds.
    for await (const { record, info } of parser as AsyncIterable<InfoRecord>) {
      columns ??= record.length;
      if (record.length !== columns) {
        const [expected, received] = [`as many values as the header, ${columns}`, `${record.length}`];
        throw new EarshotError('TABLE_INVALID', { file, field: `line ${info.lines}`, expected, received });
      }
      yield { values: record, line: info.lines };
    }
  } catch (error) {
    throw isCsvError(error) ? invalidCsv(file, error) : error;
  }
}

interface InfoRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

const isCsvError = (error: unknown): error is CsvError =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_');

function invalidCsv(file: string, error: CsvError): EarshotError {
  const { lines } = error as unknown as { lines?: number };
  const field = lines === undefined ? 'csv' : `line ${lines}`;
  const [expected, received] = ['comma-separated values', error.message];
  return new EarshotError('TABLE_INVALID', { file, field, expected, received }, { cause: error });
}

/** The lines behind the header, which `read` may refuse. @throws TABLE_INVALID when there is none */
export async function* csvBody<T>(
  file: string,
  readHeader: (names: readonly string[]) => T,
): AsyncGenerator<{ readonly header: T } & CsvLine> {
  let header: { readonly of: T } | null = null;
  for await (const line of csvLines(file)) {
    if (header === null) header = { of: readHeader(line.values) };
    else yield { header: header.of, ...line };
  }
  if (header !== null) return;
  const expected = 'a header with the names of the columns';
  throw new EarshotError('TABLE_INVALID', { file, field: 'line 1', expected, received: 'nothing' });
}
