import { randomUUID } from 'node:crypto';

/** What an id may be that a caller gives: it stands in a header, in log lines and in answers as it is. */
const wellFormed = /^[\w.:+/=@-]{1,128}$/;

/** The caller's id where it is well formed, else a new one. */
export function requestIdOf(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && wellFormed.test(given) ? given : randomUUID();
}
