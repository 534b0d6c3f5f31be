import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { RegistryRequest } from './registry.ts';
import type { Answer } from './registry-exchange.ts';

const transientStatuses = new Set([408, 429, 500, 502, 503, 504]);
const longestWaitMs = 30_000;

/** Whether the same may succeed later. */
export const isTransient = (error: unknown): boolean =>
  error instanceof EarshotError && error.code === 'REGISTRY_UNREACHABLE';

/** An answer that is none of the expected ones. @param clean takes secrets out of what the registry says */
export function registryError(
  host: string,
  { method, repository, expected }: RegistryRequest,
  { status, body }: Answer,
  clean: (text: string) => string,
): EarshotError {
  const code =
    status === 401 || status === 403
      ? 'REGISTRY_DENIED'
      : transientStatuses.has(status)
        ? 'REGISTRY_UNREACHABLE'
        : 'REGISTRY_FAILED';
  return new EarshotError(code, {
    file: `${host}/${repository}`,
    expected: `${expected.join(' or ')} to ${method}`,
    received: [status, clean(saidIn(body)).slice(0, 200)].filter(Boolean).join(' '),
  });
}

/** @param thrown what fetch rejected with */
export function unreachable(host: string, thrown: unknown): EarshotError {
  const { cause, name } = thrown as { cause?: { code?: unknown; message?: unknown }; name?: unknown };
  return new EarshotError('REGISTRY_UNREACHABLE', {
    file: host,
    expected: 'an answer',
    received: String(cause?.code ?? cause?.message ?? name),
  });
}

/** `{"errors": [{"code": "DENIED", "message": "…"}]}`, the registries' document of errors. */
function saidIn(body: Uint8Array): string {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(body)) as {
      errors: { code: string; message: string }[];
    };
    return errors.map(({ code, message }) => `${code}: ${message}`).join('; ');
  } catch {
    return '';
  }
}

/** Seconds or a date; undefined when the registry does not say. */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestWaitMs) : undefined;
}
