import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { read } from './calls.ts';
import { type Place, type Query, urlOf } from './code-engine-place.ts';

interface Listing<S extends z.ZodType> {
  readonly path: string;
  /** Property of the answer that holds them. */
  readonly items: string;
  /** Of one. */
  readonly answer: S;
  readonly query?: Query;
}

const pageLinks = z.looseObject({ next: z.looseObject({ start: z.string().optional() }).optional() });
/** The most that the API gives at once. */
const pageSize = 100;

/** All pages of a collection. @throws CLOUD_NOT_FOUND when there is no such project */
export async function listAll<S extends z.ZodType>(
  place: Place,
  { path, items, answer, query }: Listing<S>,
): Promise<z.output<S>[]> {
  const pageAnswer = z.looseObject({ [items]: z.array(answer) }).and(pageLinks);
  const found: z.output<S>[] = [];
  const seen = new Set<string | undefined>();
  let start: string | undefined;
  do {
    seen.add(start);
    const page = await read(place.connection, {
      url: urlOf(place, path, { ...query, limit: `${pageSize}`, start }),
      resource: `list of ${items}`,
      answer: pageAnswer,
    });
    if (page === null) throw new EarshotError('CLOUD_NOT_FOUND', { resource: `list of ${items}`, path });
    found.push(...(page as Record<string, z.output<S>[]>)[items]!);
    start = page.next?.start;
  } while (start !== undefined && !seen.has(start));
  return found;
}
