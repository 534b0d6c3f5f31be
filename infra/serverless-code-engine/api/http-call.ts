/** One request of HTTP, its body whole in memory. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An answer, or none: whether the call took effect is then not known. */
export type Outcome = Answer | { readonly lost: string };

const patienceMs = 60_000;

/** One attempt. A connection that fails before the end of the answer is no answer. */
export async function callOnce({ url, ...init }: Call): Promise<Outcome> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(patienceMs) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    return { lost: reasonOf(error) };
  }
}

/** `fetch failed` says nothing; its cause does, and of a host with several addresses the cause's own list. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map((each) => String(each)).join('; ');
  return cause instanceof Error ? `${cause.message || cause.name}` : error.message;
}

/** True when the same call may succeed later: no answer, too many calls, or trouble of the server. */
export function isTransient(outcome: Outcome): boolean {
  return 'lost' in outcome || outcome.status === 408 || outcome.status === 429 || outcome.status >= 500;
}

/** Milliseconds of a Retry-After header, which has seconds or a date; undefined when there is none. */
export function retryAfterMs(outcome: Outcome, now = Date.now()): number | undefined {
  const text = 'lost' in outcome ? null : outcome.headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
