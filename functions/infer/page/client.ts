import type { Client } from './asking.ts';
import { Problem } from './problem.ts';

const keyName = 'earshot-api-key';

/** @param askKey resolves with a key, when the reader has given one; `refused` tells that the last one was wrong */
export function createClient(askKey: (refused: boolean) => Promise<string>): Client {
  let asked: Promise<string> | null = null;
  const key = () => sessionStorage.getItem(keyName);
  const newKey = (refused: string | null) => {
    // Of several requests that are refused at once the first one asks for all of them.
    if (key() !== refused) return Promise.resolve();
    asked ??= askKey(refused !== null).finally(() => {
      asked = null;
    });
    return asked.then((given) => sessionStorage.setItem(keyName, given));
  };
  const send = async <T>(path: string, init: RequestInit): Promise<T> => {
    const shown = key();
    const headers = new Headers(init.headers);
    if (shown !== null) headers.set('authorization', `Bearer ${shown}`);
    const response = await fetch(path, { ...init, headers }).catch((error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw unreachable(error);
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer as T;
    if (response.status === 401) {
      await newKey(shown);
      return send(path, init);
    }
    throw problemOf(response, answer);
  };
  return {
    get: (path, signal) => send(path, signal === undefined ? {} : { signal }),
    post: (path, { type, body }) => send(path, { method: 'POST', headers: { 'content-type': type }, body }),
    origin: location.origin,
    get keyed() {
      return key() !== null;
    },
  };
}

const unreachable = (error: unknown) =>
  new Problem({
    status: 0,
    code: 'UNREACHABLE',
    title: 'The server cannot be reached',
    detail: `The server cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
    remedy: 'See whether it still runs, and whether this machine is on the network.',
  });

function problemOf({ status, statusText }: Response, answer: unknown): Problem {
  const told = answer as ConstructorParameters<typeof Problem>[0] | null;
  if (typeof told?.code === 'string' && typeof told.detail === 'string') return new Problem(told);
  const title = `The server answered ${status} ${statusText}`.trim();
  const remedy = 'Try again; if it stays so, look into the log of the function.';
  return new Problem({ status, code: `HTTP_${status}`, title, detail: title, remedy });
}

/** Any error as what can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const remedy = 'Load the page anew; if it stays so, it is a fault of the page.';
  return new Problem({ status: 0, code: 'PAGE_FAULT', title: 'The page failed', detail, remedy });
}
