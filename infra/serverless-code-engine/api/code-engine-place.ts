import type { Connection } from './connection.ts';

/** The Code Engine API of one region, and the way there. */
export interface Place {
  readonly connection: Connection;
  /** Without `/v2`. */
  readonly endpoint: string;
}

/** Date of the version of the API that the schemas follow. */
const apiVersion = '2026-06-15';

export type Query = Readonly<Record<string, string | undefined>>;

/** Every call names the version, unless the query says that there is none. */
export function urlOf({ endpoint }: Place, path: string, query: Query = {}): string {
  const all = Object.entries({ version: apiVersion, ...query });
  const given = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `${endpoint}/v2${path}${given.length > 0 ? '?' : ''}${new URLSearchParams(given)}`;
}
