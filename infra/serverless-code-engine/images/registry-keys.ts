import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseChallenge } from './registry-challenge.ts';
import { exchange } from './registry-exchange.ts';

type Credentials = { readonly username: string; readonly password: string };

/** The keys to one registry: Basic as it asks for it, or tokens that it gives for a scope. */
export class RegistryKeys {
  private readonly credentials: Credentials | undefined;
  private readonly scheme: 'https' | 'http';
  private basicWanted = false;
  /** Scope → token. */
  private readonly tokens = new Map<string, string>();
  private readonly secrets = new Set<string>();

  constructor(credentials: Credentials | undefined, scheme: 'https' | 'http') {
    this.credentials = credentials;
    this.scheme = scheme;
    if (credentials !== undefined) this.secrets.add(credentials.password).add(basicOf(credentials));
  }

  /** The `Authorization` for a scope, once the registry has asked for one. */
  headerFor(scope: string): string | undefined {
    if (this.basicWanted && this.credentials !== undefined) return `Basic ${basicOf(this.credentials)}`;
    const token = this.tokens.get(scope);
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  /**
   * Does what a 401 asks for, so that the next request carries it.
   * @throws REGISTRY_DENIED when there is nothing to answer with or the token service refuses, REGISTRY_UNREACHABLE,
   * REGISTRY_FAILED
   */
  async answer(header: string | null, scope: string): Promise<void> {
    const challenge = parseChallenge(header);
    if (challenge?.scheme === 'bearer') {
      const token = await this.fetchToken(challenge.realm, challenge.service, challenge.scope ?? scope);
      this.secrets.add(token);
      this.tokens.set(scope, token);
      return;
    }
    if (challenge === null || this.credentials === undefined) {
      throw new EarshotError('REGISTRY_DENIED', {
        expected: 'a challenge that can be answered',
        received: challenge === null ? 'neither Bearer nor Basic' : 'Basic, and no credentials were given',
      });
    }
    this.basicWanted = true;
  }

  /** The text with everything secret taken out: a registry may echo what it was sent. */
  without(text: string): string {
    return [...this.secrets].reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  }

  private async fetchToken(realm: string, service: string | undefined, scope: string): Promise<string> {
    const url = this.tokenUrl(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    for (const part of scope.split(' ')) url.searchParams.append('scope', part);
    const authorization = this.credentials && `Basic ${basicOf(this.credentials)}`;
    const { status, body } = await exchange(url, { method: 'GET' }, authorization);
    const where = { expected: 'a token', received: `status ${status} of ${url.host}` };
    if (status === 401 || status === 403) throw new EarshotError('REGISTRY_DENIED', where);
    if (status === 429 || status >= 500) throw new EarshotError('REGISTRY_UNREACHABLE', where);
    const token = status === 200 ? tokenOf(body) : null;
    if (token === null) throw new EarshotError('REGISTRY_FAILED', where);
    return token;
  }

  private tokenUrl(realm: string): URL {
    const url = URL.canParse(realm) ? new URL(realm) : null;
    // The key goes there: never in the clear, unless the registry itself is of this machine.
    if (url !== null && (url.protocol === 'https:' || url.protocol === `${this.scheme}:`)) return url;
    throw new EarshotError('REGISTRY_FAILED', {
      field: 'realm',
      expected: 'a token service over https',
      received: realm.slice(0, 80),
    });
  }
}

const basicOf = ({ username, password }: Credentials) =>
  Buffer.from(`${username}:${password}`).toString('base64');

/** Either name is in use. */
function tokenOf(body: Uint8Array): string | null {
  try {
    const { token, access_token: other } = JSON.parse(new TextDecoder().decode(body));
    const given: unknown = token || other;
    return typeof given === 'string' && given !== '' ? given : null;
  } catch {
    return null;
  }
}
