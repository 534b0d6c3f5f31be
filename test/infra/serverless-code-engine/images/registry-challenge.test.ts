import { describe, expect, it } from 'vitest';
import { parseChallenge } from '../../../../infra/serverless-code-engine/images/registry-challenge.ts';

describe('the challenge of a registry', () => {
  it.each([
    [null, null],
    ['Digest realm="x"', null],
    ['Bearer service="x"', null],
    ['Basic realm="a registry"', { scheme: 'basic' }],
    ['BASIC', { scheme: 'basic' }],
    [
      'Bearer realm="https://icr.io/oauth/token",service="registry",scope="repository:a/b:pull,push"',
      {
        scheme: 'bearer',
        realm: 'https://icr.io/oauth/token',
        service: 'registry',
        scope: 'repository:a/b:pull,push',
      },
    ],
    [
      'bearer realm=https://a.b/token, service = "a \\"b\\""',
      { scheme: 'bearer', realm: 'https://a.b/token', service: 'a "b"' },
    ],
    ['Basic realm="x", Bearer realm="https://a.b/t"', { scheme: 'bearer', realm: 'https://a.b/t' }],
    ['Bearer realm="https://a.b/t", Basic realm="x"', { scheme: 'bearer', realm: 'https://a.b/t' }],
  ])('%s', (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });
});
