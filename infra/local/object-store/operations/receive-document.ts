import { BodyIntegrity, type IntegrityOptions } from '../body/body-integrity.ts';
import { readAll } from '../body/request-body.ts';
import type { Exchange } from './operation.ts';

/**
 * The small document that a client sends with a request, verified.
 *
 * @param largest bytes
 * @throws S3Error MalformedXML when it is larger, and those of `BodyIntegrity`
 */
export async function receiveDocument(
  { request, authentication, openBody }: Exchange,
  largest: number,
  options: IntegrityOptions = {},
): Promise<string> {
  const integrity = new BodyIntegrity(request, authentication.payloadHash, options);
  const body = openBody();
  const bytes = await readAll(body.chunks, largest);
  integrity.update(bytes);
  integrity.finish(body.trailers);
  return bytes.toString('utf8');
}
