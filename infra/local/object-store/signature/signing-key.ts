import { createHmac } from 'node:crypto';

/** `20260101/us-south/s3/aws4_request`: what a signing key is good for. */
export interface CredentialScope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

/**
 * Signing keys of one secret, derived once a day and region (AWS General Reference, "Create a signed AWS API
 * request", step 3).
 */
export class SigningKeys {
  readonly #secret: string;
  readonly #keys = new Map<string, Buffer>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  keyFor(scope: CredentialScope): Buffer {
    const name = scopeText(scope);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const dateKey = hmac(Buffer.from(`AWS4${this.#secret}`), scope.date);
    const key = hmac(hmac(hmac(dateKey, scope.region), scope.service), 'aws4_request');
    // A caller chooses the region, so the number of keys has to be bounded.
    if (this.#keys.size >= 64) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}
