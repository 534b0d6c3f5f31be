import { setTimeout as sleep } from 'node:timers/promises';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { isTransient, registryError, retryAfterMs, unreachable } from './registry-errors.ts';
import { type Answer, exchange } from './registry-exchange.ts';
import { RegistryKeys } from './registry-keys.ts';

export interface RegistrySettings {
  /** As image references name it, e.g. `de.icr.io` or `127.0.0.1:5000`. */
  readonly host: string;
  /** `http` is for registries of this machine alone. */
  readonly scheme?: 'https' | 'http';
  /** For the IBM Container Registry `iamapikey` and an API key; what is public is pulled without. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Waits between attempts, milliseconds. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

export interface RegistryRequest {
  readonly method: 'HEAD' | 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly repository: string;
  /** What follows `/v2/<repository>/`, or the whole URL that the registry gave. */
  readonly at: string | URL;
  readonly access: 'pull' | 'pull,push';
  /** Another repository that is read in the same request. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The statuses that are no error. */
  readonly expected: readonly number[];
  /** Once by default for what changes an upload, which has to be asked how far it came. */
  readonly attempts?: number;
}

/** A container registry that speaks the Registry v2 protocol (github.com/opencontainers/distribution-spec). */
export interface Registry {
  readonly host: string;
  /** @throws REGISTRY_DENIED, REGISTRY_UNREACHABLE, REGISTRY_FAILED */
  ask(request: RegistryRequest): Promise<Answer>;
  wait(attempt: number): Promise<unknown>;
}

export const usualAttempts = 5;
const firstWaitMs = 500;

/** docker.io is the name of the registry, and this its host. */
const hostOfName = new Map([['docker.io', 'registry-1.docker.io']]);

export function openRegistry({
  host,
  scheme = 'https',
  credentials,
  wait = sleep,
}: RegistrySettings): Registry {
  const origin = `${scheme}://${hostOfName.get(host) ?? host}`;
  const keys = new RegistryKeys(credentials, scheme);

  async function askOnce(request: RegistryRequest): Promise<Answer> {
    const url = absoluteUrl(origin, request);
    const scope = scopeOf(request);
    // A place of upload may be on another host, which must not see the key.
    const ours = url.origin === origin;
    const send = () => exchange(url, request, ours ? keys.headerFor(scope) : undefined);
    const first = await send();
    if (first.status !== 401 || !ours) return first;
    await keys.answer(first.headers.get('www-authenticate'), scope);
    return send();
  }

  return {
    host,
    wait: (attempt) => wait(firstWaitMs * 2 ** (attempt - 1)),
    async ask(request) {
      const { attempts = usualAttempts, expected } = request;
      for (let attempt = 1; ; attempt++) {
        let error: EarshotError;
        let asked: number | undefined;
        try {
          const answer = await askOnce(request);
          if (expected.includes(answer.status)) return answer;
          error = registryError(host, request, answer, (text) => keys.without(text));
          asked = retryAfterMs(answer.headers);
        } catch (thrown) {
          error = thrown instanceof EarshotError ? thrown : unreachable(host, thrown);
        }
        if (!isTransient(error) || attempt >= attempts) throw error;
        await (asked === undefined ? this.wait(attempt) : wait(asked));
      }
    },
  };
}

function absoluteUrl(origin: string, { repository, at }: RegistryRequest): URL {
  if (typeof at === 'string') return new URL(`/v2/${repository}/${at}`, origin);
  const { host, protocol } = new URL(origin);
  const url = new URL(at);
  // Behind a proxy that ends TLS some registries name themselves by http.
  if (url.host === host) url.protocol = protocol;
  return url;
}

/** What a token must allow. */
function scopeOf({ repository, access, from }: RegistryRequest): string {
  const second = from === undefined ? [] : [`repository:${from}:pull`];
  return [`repository:${repository}:${access}`, ...second].join(' ');
}
