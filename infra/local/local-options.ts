import { randomInt } from 'node:crypto';
import path from 'node:path';
import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { mostMembers } from '../../shared/model/ensemble.ts';
import { type Recipe, recipes } from '../../shared/training/recipes.ts';
import { anySeed } from './commands.ts';
import { type DataSource, parseDataSource } from './data-files.ts';

export interface LocalOptions {
  readonly data: readonly DataSource[];
  readonly once: boolean;
  readonly json: boolean;
  /** Null: chosen by the amount of data. */
  readonly recipe: Recipe | null;
  /** Networks of the model. */
  readonly members: number;
  readonly stateFolder: string;
  /** Null: the usual one, or any when that is taken. */
  readonly port: number | null;
  /** Seed of the faults of events; null: none happen. */
  readonly chaosSeed: number | null;
}

/** @throws USAGE naming the option */
export function parseLocalOptions(raw: Readonly<Record<string, unknown>>, root: string): LocalOptions {
  const data = Array.isArray(raw['data']) ? raw['data'] : raw['data'] === undefined ? [] : [raw['data']];
  return {
    data: data.map((text) => parseDataSource(String(text))),
    once: raw['once'] === true,
    json: raw['json'] === true,
    recipe: recipe(textOf(raw, 'recipe')),
    members: members(textOf(raw, 'members')),
    stateFolder: path.resolve(root, stateFolder(textOf(raw, 'persist-to') ?? '.earshot')),
    port: port(textOf(raw, 'port')),
    chaosSeed: chaosSeed(textOf(raw, 'chaos')),
  };
}

function textOf(raw: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = raw[name];
  return value === undefined || value === null ? null : String(value);
}

function recipe(given: string | null): LocalOptions['recipe'] {
  const known = recipes.find((name) => name === given);
  if (given === null || known !== undefined) return known ?? null;
  const received = `${JSON.stringify(given)}${didYouMean(given, recipes)}`;
  throw new EarshotError('USAGE', { field: '--recipe', expected: `one of ${recipes.join(', ')}`, received });
}

function members(given: string | null): number {
  if (given === null) return 1;
  if (/^[1-9]\d?$/.test(given) && Number(given) <= mostMembers) return Number(given);
  throw refusal('--members', `a whole number 1..${mostMembers}`, given);
}

function stateFolder(given: string): string {
  if (given !== '') return given;
  throw refusal('--persist-to', 'a folder', given);
}

function port(given: string | null): number | null {
  if (given === null) return null;
  // The bucket listens on the next one.
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_534) return Number(given);
  throw refusal('--port', 'a whole number 0..65534', given);
}

function chaosSeed(given: string | null): number | null {
  if (given === null) return null;
  if (given === anySeed) return randomInt(1_000_000);
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw refusal('--chaos', 'a whole number 0..999999999999999, or nothing', given);
}

const refusal = (field: string, expected: string, given: string) =>
  new EarshotError('USAGE', { field, expected, received: JSON.stringify(given) });
