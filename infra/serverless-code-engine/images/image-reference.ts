import { EarshotError } from '../../../shared/errors/earshot-error.ts';

/** Where an image is, e.g. `de.icr.io/team/earshot:prod`. */
export interface ImageReference {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:<hex>` */
  readonly digest?: string;
}

const hostPattern = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;
const repositoryPattern = /^[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** The registry that a reference without a host means, as docker reads it. */
const usualHost = 'docker.io';

/**
 * Reads `[host/]repository[:tag][@digest]`; without either the tag is `latest`. A first part is a host when it has a dot
 * or a port or is `localhost`.
 * @throws SERVICE_INVALID at `field`
 */
export function parseImageReference(text: string, field: string): ImageReference {
  const [named = '', digest] = splitOnce(text, text.indexOf('@'));
  const colon = named.lastIndexOf(':');
  const [place = '', tag] = splitOnce(named, colon > named.lastIndexOf('/') ? colon : -1);
  const [first = '', rest] = splitOnce(place, place.indexOf('/'));
  const hasHost = rest !== undefined && (/[.:]/.test(first) || first === 'localhost');
  const host = hasHost ? first : usualHost;
  const path = hasHost ? rest : place;
  const repository = host === usualHost && !path.includes('/') ? `library/${path}` : path;
  const valid =
    hostPattern.test(host) &&
    repositoryPattern.test(repository) &&
    (tag === undefined || tagPattern.test(tag)) &&
    (digest === undefined || digestPattern.test(digest));
  if (!valid) {
    throw new EarshotError('SERVICE_INVALID', {
      field,
      expected: 'an image like de.icr.io/namespace/name:tag',
      // `user:key@host/…` is no reference, and the key is not told.
      received: text.replace(/^[^/@]*:[^/@]*@(?=[^/]+\/)/, '***@').slice(0, 80),
    });
  }
  if (digest !== undefined) return { host, repository, ...(tag === undefined ? {} : { tag }), digest };
  return { host, repository, tag: tag ?? 'latest' };
}

function splitOnce(text: string, at: number): [string, string?] {
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
