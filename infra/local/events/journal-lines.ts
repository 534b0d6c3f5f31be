import { readFileSync } from 'node:fs';
import { crc32 } from '@node-rs/crc32';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** A line is the CRC-32 of its JSON in eight hex digits, a space, the JSON, and a newline. */
const lineForm = /^([0-9a-f]{8}) (.+)$/;

export function encodeLine(record: object): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/**
 * The records of a journal, in order; none when there is no file. What a crash tore at the end is left out: it was
 * never acknowledged, as a line is on the disk before anyone is told.
 *
 * @param parse gives the record of a line, or null when it is none
 * @throws EVENTS_DAMAGED naming the line, when a line is damaged and whole ones follow it
 */
export function readJournal<R>(file: string, parse: (value: unknown) => R | null): R[] {
  const lines = textOf(file).split('\n');
  // What stands behind the last newline is empty, or the beginning of a line.
  lines.pop();
  const records: R[] = [];
  let torn: number | null = null;
  for (const [index, line] of lines.entries()) {
    const value = decodeLine(line);
    if (value === undefined) {
      torn ??= index;
      continue;
    }
    const record = parse(value);
    if (record === null) throw damaged(file, index, 'what no Earshot of this version writes');
    if (torn !== null) throw damaged(file, torn, 'a wrong checksum, and whole lines after it');
    records.push(record);
  }
  return records;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function decodeLine(line: string): unknown {
  const [, sum = '', json = ''] = lineForm.exec(line) ?? [];
  return json !== '' && crc32(json) === Number.parseInt(sum, 16) ? JSON.parse(json) : undefined;
}

function damaged(file: string, index: number, received: string): EarshotError {
  const field = `line ${index + 1}`;
  return new EarshotError('EVENTS_DAMAGED', { file, field, expected: 'a line and its checksum', received });
}
