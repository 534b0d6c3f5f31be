import { S3Error } from './s3-error.ts';

/**
 * Percent-encodes as signature version 4 wants it: all but letters, digits and `-._~`
 * (AWS General Reference, "Create a signed AWS API request", UriEncode).
 */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** As `encodeStrictly`, but keeps `/`: for paths, and for keys in listings with `encoding-type=url`. */
export function encodePath(text: string): string {
  return encodeStrictly(text).replaceAll('%2F', '/');
}

/** @throws S3Error InvalidURI when the escapes are broken or are not UTF-8. */
export function decodeEscapes(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** The pairs of a query string in the order sent. A `+` is a space, as in forms; a name alone has the value ''. */
export function parseQuery(raw: string): readonly (readonly [string, string])[] {
  if (raw === '') return [];
  return raw
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = at === -1 ? pair : pair.slice(0, at);
      const value = at === -1 ? '' : pair.slice(at + 1);
      return [decodeEscapes(name.replaceAll('+', ' ')), decodeEscapes(value.replaceAll('+', ' '))] as const;
    });
}
