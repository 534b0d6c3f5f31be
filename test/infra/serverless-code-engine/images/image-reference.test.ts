import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../../../infra/serverless-code-engine/images/image-reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

describe('an image reference', () => {
  it.each([
    ['node', { host: 'docker.io', repository: 'library/node', tag: 'latest' }],
    ['node:22-bookworm-slim', { host: 'docker.io', repository: 'library/node', tag: '22-bookworm-slim' }],
    ['team/app', { host: 'docker.io', repository: 'team/app', tag: 'latest' }],
    ['de.icr.io/team/earshot:prod', { host: 'de.icr.io', repository: 'team/earshot', tag: 'prod' }],
    ['127.0.0.1:5000/a/b/c', { host: '127.0.0.1:5000', repository: 'a/b/c', tag: 'latest' }],
    ['localhost/app', { host: 'localhost', repository: 'app', tag: 'latest' }],
    [`de.icr.io/team/app:1@${digest}`, { host: 'de.icr.io', repository: 'team/app', tag: '1', digest }],
    [`de.icr.io/team/app@${digest}`, { host: 'de.icr.io', repository: 'team/app', digest }],
  ])('%s is read as docker reads it', (text, reference) => {
    expect(parseImageReference(text, 'image')).toEqual(reference);
  });

  it('with a key in it is refused without telling the key', () => {
    const parse = () => parseImageReference('iamapikey:planted-key@de.icr.io/team/app', 'image');
    expect(parse).toThrow('received ***@de.icr.io/team/app');
    expect(parse).not.toThrow('planted-key');
  });

  it.each(['', 'UPPER', 'a.b/../c', 'https://de.icr.io/a', 'a.b/c:tag/x', 'app@sha256:1'])(
    '%j is SERVICE_INVALID at its field',
    (text) => {
      expect(() => parseImageReference(text, 'provider.baseImage')).toThrow(
        expect.objectContaining({
          code: 'SERVICE_INVALID',
          details: expect.objectContaining({ field: 'provider.baseImage' }),
        }),
      );
    },
  );
});
