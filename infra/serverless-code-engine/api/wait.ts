import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { sleep } from './caller.ts';
import type { WaitOptions } from './client.ts';
import type { Connection } from './connection.ts';
import { readinessOf, reasonIn, type StatusOf } from './readiness.ts';
import type { KindName } from './resources.ts';

const defaultWithinMs = 600_000;
const firstWaitMs = 500;
const longestWaitMs = 5_000;

/**
 * Reads, slower and slower, until `judge` gives something else than undefined.
 * @throws TIMED_OUT
 */
export async function readUntil<T, R>(
  { pause = sleep }: Connection,
  resource: string,
  expected: string,
  read: () => Promise<T>,
  judge: (value: T) => R | undefined,
  { withinMs = defaultWithinMs }: WaitOptions = {},
): Promise<R> {
  const start = performance.now();
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 1.5)) {
    const value = await read();
    const judged = judge(value);
    if (judged !== undefined) return judged;
    const leftMs = withinMs - (performance.now() - start);
    if (leftMs <= 0) {
      const { status = 'still there' } = (value ?? {}) as StatusOf;
      const received = `${status} after ${(withinMs / 1000).toFixed(0)} s`;
      throw new EarshotError('TIMED_OUT', { resource, expected, received });
    }
    await pause(Math.min(waitMs, leftMs));
  }
}

/** Reads until it is ready. @throws CLOUD_NOT_FOUND, CLOUD_RESOURCE_FAILED, TIMED_OUT */
export function waitUntilReady<T>(
  connection: Connection,
  kind: KindName | 'project',
  resource: string,
  read: () => Promise<T | null>,
  options: WaitOptions = {},
): Promise<T> {
  let before: string | undefined;
  const judge = (actual: T | null) => {
    if (actual === null) throw new EarshotError('CLOUD_NOT_FOUND', { resource });
    const { status = 'no status' } = actual as StatusOf;
    const reason = reasonIn(actual as StatusOf);
    if (status !== before) options.onStatus?.(status, reason);
    before = status;
    const readiness = readinessOf(kind, actual as StatusOf);
    if (readiness !== 'failed') return readiness === 'ready' ? actual : undefined;
    const received = reason === undefined || reason === status ? status : `${status}, ${reason}`;
    throw new EarshotError('CLOUD_RESOURCE_FAILED', { resource, expected: 'status ready', received });
  };
  return readUntil(connection, resource, 'status ready', read, judge, options);
}
