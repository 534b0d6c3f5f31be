import { randomUUID, sign, X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface TokenService {
  readonly realm: string;
  /** Scopes that tokens were given for. */
  readonly given: string[];
  close(): Promise<void>;
}

export const tokenNames = { issuer: 'token service of tests', service: 'registry of tests' };

/**
 * Gives tokens to who knows user and password, as registry and client know them (distribution's "Token Authentication
 * Specification"): a JWT of what may be done with which repositories.
 */
export async function startTokenService(pem: { key: string; certificate: string }, credentials: string) {
  const given: string[] = [];
  const wanted = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer({ key: pem.key, cert: pem.certificate }, (request, response) => {
    const { searchParams } = new URL(request.url!, 'https://localhost');
    const scopes = searchParams.getAll('scope');
    if (request.headers.authorization !== wanted || searchParams.get('service') !== tokenNames.service) {
      response.writeHead(401).end();
      return;
    }
    given.push(...scopes);
    response.end(JSON.stringify({ token: tokenFor(scopes, pem), expires_in: 60 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: TokenService = {
    realm: `https://127.0.0.1:${(server.address() as AddressInfo).port}/oauth/token`,
    given,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return service;
}

function tokenFor(
  scopes: readonly string[],
  { key, certificate }: { key: string; certificate: string },
): string {
  const now = Math.floor(Date.now() / 1000);
  const header = {
    typ: 'JWT',
    alg: 'ES256',
    x5c: [new X509Certificate(certificate).raw.toString('base64')],
  };
  const access = scopes.map((scope) => {
    const [type, name, actions] = scope.split(':');
    return { type, name, actions: actions!.split(',') };
  });
  const claims = {
    iss: tokenNames.issuer,
    sub: 'tests',
    aud: tokenNames.service,
    exp: now + 60,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
