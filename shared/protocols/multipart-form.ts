import { EarshotError } from '../errors/earshot-error.ts';
import { preview } from '../errors/parse-with-schema.ts';
import { decodedBody } from '../http/decode-body.ts';
import { bodyBytes, type HttpEvent } from '../http/http-event.ts';
import { invalid } from '../inference/read-frames.ts';
import { contentType, expectSmallBody, soundTypes } from './any-body.ts';

export const formType = 'multipart/form-data';
/** The field with the file, as MAX-Audio-Classifier has it. */
export const soundField = 'audio';

/**
 * A form's file as if it were sent alone, and its other fields as if they stood in the query, where they go before those
 * that do. A request that is no form stays as it is.
 * @throws BODY_TOO_LARGE, BODY_UNSUPPORTED_ENCODING, BODY_MALFORMED, REQUEST_INVALID below `form`
 */
export async function withoutForm(event: HttpEvent): Promise<HttpEvent> {
  if (contentType(event) !== formType) return event;
  const form = await readForm(event);
  const files = form.getAll(soundField);
  const [file] = files;
  if (files.length !== 1 || typeof file !== 'object') {
    const received = files.length === 1 ? 'a field without a file name' : `${files.length} fields`;
    throw invalid(['form', soundField], 'one file, a WAV', received);
  }
  const query = new Map(Object.entries(event.multiValueQueryStringParameters));
  for (const name of new Set(form.keys())) {
    if (name === soundField) continue;
    const values = form.getAll(name);
    const other = values.find((value) => typeof value !== 'string');
    if (other !== undefined) {
      throw invalid(['form', name], `no file but ${soundField}`, preview((other as File).name));
    }
    query.set(name, values as string[]);
  }
  return {
    ...event,
    headers: { ...event.headers, 'content-type': soundTypes[0], 'content-encoding': 'identity' },
    queryStringParameters: Object.fromEntries(
      Array.from(query, ([name, values]) => [name, values.at(-1) ?? '']),
    ),
    multiValueQueryStringParameters: Object.fromEntries(query),
    body: Buffer.from(await file.arrayBuffer()).toString('base64'),
    isBase64Encoded: true,
  };
}

async function readForm(event: HttpEvent): Promise<FormData> {
  const sent = bodyBytes(event);
  expectSmallBody(sent);
  const bytes = await decodedBody(sent, event.headers['content-encoding']);
  try {
    // As it came: the boundary keeps the case of its letters.
    const headers = { 'content-type': event.headers['content-type'] ?? '' };
    return await new Response(bytes as Uint8Array<ArrayBuffer>, { headers }).formData();
  } catch (error) {
    const received = error instanceof Error ? error.message : String(error);
    throw new EarshotError('BODY_MALFORMED', { expected: `a form with the file ${soundField}`, received });
  }
}
