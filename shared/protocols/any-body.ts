import { EarshotError } from '../errors/earshot-error.ts';
import type { HttpEvent } from '../http/http-event.ts';
import { maxBodyBytes } from '../inference/clips.ts';

/** Content types of a WAV file. */
export const soundTypes = ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'] as const;

/** Lower case, without parameters; empty when there is none. */
export const contentType = ({ headers }: HttpEvent): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();

/** @throws BODY_TOO_LARGE */
export function expectSmallBody(bytes: Uint8Array): void {
  if (bytes.length <= maxBodyBytes) return;
  throw new EarshotError('BODY_TOO_LARGE', {
    path: 'body',
    expected: `at most ${maxBodyBytes} bytes`,
    received: `${bytes.length} bytes`,
    limit: maxBodyBytes,
    size: bytes.length,
  });
}
