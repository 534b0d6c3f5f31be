import type { DesiredSecret } from '../desired/desired-secrets.ts';
import { type HmacKey, randomKey } from '../plan/plan-secrets.ts';

/** HMAC keys of the object-storage instance, by their names there. */
export interface ServiceKeys {
  /** Also true of one whose values this API key may not see. */
  has(name: string): Promise<boolean>;
  /** null when there is none. */
  find(name: string): Promise<HmacKey | null>;
  create(name: string, role: 'Reader' | 'Writer'): Promise<HmacKey>;
  /** None of this name is no error. */
  remove(name: string): Promise<void>;
}

/** What a secret is to hold. A service key that an interrupted deployment made is used. */
export async function secretValue(
  wanted: DesiredSecret,
  given: string | null,
  keys: ServiceKeys,
): Promise<string | HmacKey> {
  if (given !== null) return given;
  if (wanted.source !== 'service-key') return randomKey();
  return (await keys.find(wanted.name)) ?? keys.create(wanted.name, wanted.role);
}
