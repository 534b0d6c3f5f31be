export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The base of a relative `Location`. */
  readonly url: URL;
}

/** A slow line carries a chunk in this time. */
const patienceMs = 300_000;

interface Sent {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** One request and its whole answer. Rejects when the connection is lost before its end. */
export async function exchange(
  url: URL,
  { method, headers = {}, body }: Sent,
  authorization?: string,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    // A digest is of the bytes as they are, which fetch would otherwise unpack.
    headers: {
      'accept-encoding': 'identity',
      ...headers,
      ...(authorization === undefined ? {} : { authorization }),
    },
    signal: AbortSignal.timeout(patienceMs),
    ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, body: bytes, url: new URL(response.url) };
}
