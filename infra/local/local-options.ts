import path from 'node:path';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { type DataSource, parseDataSource } from './data-files.ts';

export interface LocalOptions {
  readonly data: readonly DataSource[];
  readonly once: boolean;
  readonly json: boolean;
  readonly recipe: 'fast' | 'multi-attention';
  readonly stateFolder: string;
  /** Null: the usual one, or any when that is taken. */
  readonly port: number | null;
}

/** @throws USAGE naming the option */
export function parseLocalOptions(raw: Readonly<Record<string, unknown>>, root: string): LocalOptions {
  const data = Array.isArray(raw['data']) ? raw['data'] : raw['data'] === undefined ? [] : [raw['data']];
  return {
    data: data.map((text) => parseDataSource(String(text))),
    once: raw['once'] === true,
    json: raw['json'] === true,
    recipe: recipe(raw['recipe']),
    stateFolder: path.resolve(root, text(raw['persist-to']) ?? '.earshot'),
    port: port(raw['port']),
  };
}

const text = (value: unknown) => (value === undefined || value === null ? undefined : String(value));

function recipe(value: unknown): LocalOptions['recipe'] {
  const given = text(value) ?? 'fast';
  if (given === 'fast' || given === 'multi-attention') return given;
  throw new EarshotError('USAGE', {
    field: '--recipe',
    expected: 'fast or multi-attention',
    received: given,
  });
}

function port(value: unknown): number | null {
  const given = text(value);
  if (given === undefined) return null;
  const number = Number(given);
  // The bucket listens on the next one.
  if (Number.isInteger(number) && number >= 0 && number <= 65_534) return number;
  throw new EarshotError('USAGE', { field: '--port', expected: 'a whole number 0..65534', received: given });
}
