import type { DesiredSecret } from '../desired/desired-secrets.ts';
import { type HmacKey, randomKey } from '../plan/plan-secrets.ts';

/** HMAC keys of the object-storage instance, by their names there. */
export interface ServiceKeys {
  names(): Promise<readonly string[]>;
  create(name: string, role: 'Reader' | 'Writer'): Promise<HmacKey>;
  /** All of this name; none is no error. */
  remove(name: string): Promise<void>;
}

/** What a secret is to hold. A service key that an interrupted deployment left is replaced: its values cannot be read. */
export async function secretValue(
  wanted: DesiredSecret,
  given: string | null,
  keys: ServiceKeys,
): Promise<string | HmacKey> {
  if (given !== null) return given;
  if (wanted.source !== 'service-key') return randomKey();
  await keys.remove(wanted.name);
  return keys.create(wanted.name, wanted.role);
}
