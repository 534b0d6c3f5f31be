import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeAwsChunked } from '../../../../infra/local/object-store/body/aws-chunked.ts';
import { ChunkVerifier } from '../../../../infra/local/object-store/body/chunk-verifier.ts';
import { parseQuery } from '../../../../infra/local/object-store/protocol/uri.ts';
import { authenticate } from '../../../../infra/local/object-store/signature/authenticate.ts';
import { SigningKeys } from '../../../../infra/local/object-store/signature/signing-key.ts';
import { amzDate, errorCode, sendRaw, sendSigned, sign } from '../../../fixtures/object-store/raw-request.ts';
import {
  bucket,
  outcomeOf,
  plainClient,
  startTemporaryStore,
  type TemporaryStore,
} from '../../../fixtures/object-store/temporary-store.ts';

describe('the examples of the Amazon S3 documentation', () => {
  const account = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    keys: new SigningKeys('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  };
  const midnight = Date.UTC(2013, 4, 24);
  const empty = createHash('sha256').digest('hex');
  const scope = '20130524/us-east-1/s3/aws4_request';

  function request(method: string, target: string, headers: Record<string, string>) {
    const [rawPath = '', query = ''] = target.split('?');
    const queryPairs = parseQuery(query);
    return {
      method,
      rawPath,
      queryPairs,
      query: new Map(queryPairs),
      headers,
      bucket: null,
      key: null,
      requestId: '',
    };
  }

  /** "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk". */
  function withHeader(method: string, target: string, headers: Record<string, string>, signature: string) {
    const all: Record<string, string> = {
      host: 'examplebucket.s3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': empty,
      ...headers,
    };
    const names = Object.keys(all).sort().join(';');
    all['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${account.accessKeyId}/${scope},SignedHeaders=${names},Signature=${signature}`;
    return request(method, target, all);
  }

  it.each([
    [
      'GET',
      '/test.txt',
      { range: 'bytes=0-9' },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    ['GET', '/?lifecycle', {}, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['GET', '/?max-keys=2&prefix=J', {}, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
    [
      'PUT',
      '/test%24file.text',
      {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
  ])('has the signature of %s %s', (method, target, headers, signature) => {
    const example = withHeader(method, target, headers as Record<string, string>, signature);
    expect(authenticate(example, account, midnight).signature).toBe(signature);
    const last = signature.endsWith('0') ? '1' : '0';
    const forged = withHeader(
      method,
      target,
      headers as Record<string, string>,
      signature.slice(0, -1) + last,
    );
    expect(() => authenticate(forged, account, midnight)).toThrow(/signature/);
  });

  it('has the signature of a presigned request, until it expires', () => {
    const target =
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const example = request('GET', target, { host: 'examplebucket.s3.amazonaws.com' });
    const day = 86_400_000;
    expect(authenticate(example, account, midnight + day).payloadHash).toBe('UNSIGNED-PAYLOAD');
    expect(() => authenticate(example, account, midnight + day + 1)).toThrow('Request has expired');
  });

  /** "Transferring Payload in Multiple Chunks" and "Including Trailing Headers": 66560 times the letter a. */
  async function decodeExample(seed: string, signatures: readonly string[], trailer: string) {
    const verifier = new ChunkVerifier({
      signature: seed,
      time: '20130524T000000Z',
      scope: { date: '20130524', region: 'us-east-1', service: 's3' },
      signingKey: account.keys.keyFor({ date: '20130524', region: 'us-east-1', service: 's3' }),
      payloadHash: '',
    });
    const [first, second, last] = signatures;
    const body = Buffer.from(
      `10000;chunk-signature=${first}\r\n${'a'.repeat(65_536)}\r\n` +
        `400;chunk-signature=${second}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${last}\r\n${trailer}\r\n`,
    );
    // In pieces that respect no boundary.
    async function* pieces() {
      for (let at = 0; at < body.length; at += 997) yield body.subarray(at, at + 997);
    }
    let decoded = '';
    const trailers = new Map<string, string>();
    for await (const piece of decodeAwsChunked(pieces(), verifier, trailers)) decoded += piece.toString();
    return { decoded, trailers };
  }

  const chunks = [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ];
  const chunkSeed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';

  it('has the signatures of the chunks', async () => {
    expect((await decodeExample(chunkSeed, chunks, '')).decoded).toBe('a'.repeat(66_560));
  });

  it.each([0, 1, 2])('refuses a wrong signature of chunk %i', async (wrong) => {
    const forged = chunks.map((signature, i) => (i === wrong ? chunks[(i + 1) % 3]! : signature));
    await expect(decodeExample(chunkSeed, forged, '')).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });

  const trailingSeed = '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e';
  const trailingChunks = [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ];
  const trailer = (checksum: string) =>
    `x-amz-checksum-crc32c:${checksum}\r\n` +
    'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n';

  it('has the signature of the trailer', async () => {
    const { trailers } = await decodeExample(trailingSeed, trailingChunks, trailer('sOO8/Q=='));
    expect([...trailers]).toEqual([['x-amz-checksum-crc32c', 'sOO8/Q==']]);
    const forged = decodeExample(trailingSeed, trailingChunks, trailer('sOO8/A=='));
    await expect(forged).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  });
});

describe('who may do what', () => {
  let local: TemporaryStore;
  beforeAll(async () => {
    local = await startTemporaryStore();
    await plainClient(local.server.url).putObject({ Bucket: bucket, Key: 'k', Body: 'content' }).promise();
  });
  afterAll(() => local.remove());

  const get = () => ({ url: local.server.url, method: 'GET', target: `/${bucket}/k` });

  it('refuses strangers: no signature, unknown key, wrong secret, another scheme', async () => {
    expect(errorCode(await sendRaw(get()))).toBe('AccessDenied');
    const { headers } = sign(get(), 'UNSIGNED-PAYLOAD');
    const authorization = headers['authorization']!.replace('test-key', 'unknown');
    expect(errorCode(await sendRaw({ ...get(), headers: { ...headers, authorization } }))).toBe(
      'InvalidAccessKeyId',
    );
    expect(errorCode(await sendRaw({ ...get(), headers: { authorization: 'AWS key:signature' } }))).toBe(
      'InvalidRequest',
    );
    const wrong = plainClient(local.server.url, 'wrong');
    expect(await outcomeOf(wrong.getObject({ Bucket: bucket, Key: 'k' }))).toBe('403 SignatureDoesNotMatch');
    expect(await outcomeOf(wrong.listObjectsV2({ Bucket: bucket }))).toBe('403 SignatureDoesNotMatch');
    expect(await outcomeOf(wrong.listBuckets())).toBe('403 SignatureDoesNotMatch');
    const put = { ...get(), method: 'PUT', body: Buffer.from('theirs') };
    expect((await sendRaw(put)).status).toBe(403);
    expect((await sendSigned(get())).body.toString()).toBe('content');
  });

  it('refuses what was changed after it was signed', async () => {
    const put = { ...get(), method: 'PUT', body: Buffer.from('signed'), target: `/${bucket}/changed` };
    const { headers } = sign(put, createHash('sha256').update('signed').digest('hex'));
    const other = Buffer.from('forged');
    expect(errorCode(await sendRaw({ ...put, headers, body: other }))).toBe('XAmzContentSHA256Mismatch');
    expect(errorCode(await sendRaw({ ...put, headers, target: `/${bucket}/other` }))).toBe(
      'SignatureDoesNotMatch',
    );
    expect(errorCode(await sendRaw({ ...put, headers, method: 'DELETE' }))).toBe('SignatureDoesNotMatch');
    const added = { ...headers, 'x-amz-meta-added': 'on the way' };
    expect(errorCode(await sendRaw({ ...put, headers: added }))).toBe('AccessDenied');
    expect((await sendRaw({ ...put, headers })).status).toBe(200);
  });

  it('refuses a signature that is too old or from the future', async () => {
    for (const minutes of [-16, 16]) {
      const date = amzDate(new Date(Date.now() + minutes * 60_000));
      const { headers } = sign(get(), 'UNSIGNED-PAYLOAD', date);
      expect(errorCode(await sendRaw({ ...get(), headers }))).toBe('RequestTimeTooSkewed');
    }
  });

  it('serves a presigned address to anyone, for its time, its method and its key', async () => {
    const client = plainClient(local.server.url);
    const sent = (address: string, method = 'GET', body = '') => {
      const { pathname, search } = new URL(address);
      return sendRaw({ url: local.server.url, method, target: pathname + search, body: Buffer.from(body) });
    };
    const address = client.getSignedUrl('getObject', { Bucket: bucket, Key: 'k', Expires: 60 });
    expect((await sent(address)).body.toString()).toBe('content');
    expect((await sent(address, 'DELETE')).status).toBe(403);
    expect((await sent(address.replace('/k?', '/l?'))).status).toBe(403);
    expect(errorCode(await sent(address.replace('Expires=60', 'Expires=600')))).toBe('SignatureDoesNotMatch');
    const writing = client.getSignedUrl('putObject', { Bucket: bucket, Key: 'dropped', Expires: 60 });
    expect((await sent(writing, 'PUT', 'by anyone')).status).toBe(200);
    expect((await sendSigned({ ...get(), target: `/${bucket}/dropped` })).body.toString()).toBe('by anyone');
  });
});
