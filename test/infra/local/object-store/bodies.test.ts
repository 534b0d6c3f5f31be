import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  startChecksum,
} from '../../../../infra/local/object-store/body/checksum.ts';
import {
  inSignedChunks,
  inUnsignedChunks,
  unsignedChunks,
} from '../../../fixtures/object-store/aws-chunked-request.ts';
import {
  errorCode,
  type RawAnswer,
  sendRaw,
  sendSigned,
  sign,
} from '../../../fixtures/object-store/raw-request.ts';
import {
  bucket,
  startTemporaryStore,
  type TemporaryStore,
} from '../../../fixtures/object-store/temporary-store.ts';

let local: TemporaryStore;
beforeAll(async () => {
  local = await startTemporaryStore();
});
afterAll(() => local.remove());

const put = (key: string) => ({ url: local.server.url, method: 'PUT', target: `/${bucket}/${key}` });
const stored = async (key: string) => (await sendSigned({ ...put(key), method: 'GET' })).body;
const checksumOf = (algorithm: ChecksumAlgorithm, content: Buffer) => {
  const checksum = startChecksum(algorithm);
  checksum.update(content);
  return checksum.digest().toString('base64');
};

/** The check values of the CRC catalogue for `123456789`; of the SHAs, those of FIPS 180 examples computed by OpenSSL. */
it.each([
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
  ['sha1', createHash('sha1').update('123456789').digest('hex')],
  ['sha256', createHash('sha256').update('123456789').digest('hex')],
] as const)('computes %s, in pieces as at once', (algorithm, expected) => {
  const pieces = startChecksum(algorithm);
  for (const piece of ['1', '2345', '', '6789']) pieces.update(Buffer.from(piece));
  expect(pieces.digest().toString('hex')).toBe(expected);
});

const putSignedChunks = (key: string, pieces: readonly Buffer[], trailers: readonly string[] = []) =>
  sendRaw(inSignedChunks(put(key), pieces, trailers));

const putUnsignedChunks = (
  key: string,
  pieces: readonly Buffer[],
  trailers: readonly string[],
  announced?: string,
) => sendRaw(inUnsignedChunks(put(key), pieces, trailers, announced));

it('takes the framing off signed chunks of any size', async () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(pieces, async (arrays) => {
      const buffers = arrays.map((array) => Buffer.from(array));
      expect((await putSignedChunks('signed', buffers)).status).toBe(200);
      expect((await stored('signed')).equals(Buffer.concat(buffers))).toBe(true);
    }),
    { numRuns: 25 },
  );
});

it('refuses signed chunks of which one byte was changed, and leaves the object as it was', async () => {
  await sendSigned({ ...put('spoilt'), body: Buffer.from('as it was') });
  const pieces = [Buffer.alloc(70_000, 'a'), Buffer.alloc(5_000, 'b')];
  for (const place of [200, 70_000 + 300, 70_000 + 5_200]) {
    const request = inSignedChunks(put('spoilt'), pieces);
    request.body[place]! ^= 1;
    expect(errorCode(await sendRaw(request))).toMatch(/^(SignatureDoesNotMatch|IncompleteBody)$/);
  }
  expect((await stored('spoilt')).toString()).toBe('as it was');
});

it.each(checksumAlgorithms)('verifies a trailing %s, signed and unsigned', async (algorithm) => {
  const pieces = [Buffer.alloc(100_000, 'x'), Buffer.from('the end')];
  const content = Buffer.concat(pieces);
  const right = `x-amz-checksum-${algorithm}:${checksumOf(algorithm, content)}`;
  const wrong = `x-amz-checksum-${algorithm}:${checksumOf(algorithm, Buffer.from('other'))}`;
  const answers: [RawAnswer, RawAnswer][] = [
    [await putSignedChunks(algorithm, pieces, [right]), await putSignedChunks(algorithm, pieces, [wrong])],
    [
      await putUnsignedChunks(algorithm, pieces, [right]),
      await putUnsignedChunks(algorithm, pieces, [wrong]),
    ],
  ];
  for (const [good, bad] of answers) {
    expect(good.status).toBe(200);
    expect(good.headers[`x-amz-checksum-${algorithm}`]).toBe(checksumOf(algorithm, content));
    expect(errorCode(bad)).toBe('BadDigest');
  }
  const asked = await sendSigned({
    ...put(algorithm),
    method: 'GET',
    headers: { 'x-amz-checksum-mode': 'ENABLED' },
  });
  expect(asked.headers[`x-amz-checksum-${algorithm}`]).toBe(checksumOf(algorithm, content));
  expect(asked.headers['content-encoding']).toBe('gzip');
  expect(asked.body.equals(content)).toBe(true);
});

it.each(checksumAlgorithms)('verifies %s in the header', async (algorithm) => {
  const body = Buffer.from('content');
  const send = (value: string) =>
    sendSigned({ ...put('header'), body, headers: { [`x-amz-checksum-${algorithm}`]: value } });
  expect((await send(checksumOf(algorithm, body))).status).toBe(200);
  expect(errorCode(await send(checksumOf(algorithm, Buffer.from('other'))))).toBe('BadDigest');
  expect(errorCode(await send('AAA='))).toBe('InvalidRequest');
});

it('verifies Content-MD5', async () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('base64');
  const send = (value: string) =>
    sendSigned({ ...put('md5'), body: Buffer.from('content'), headers: { 'content-md5': value } });
  expect((await send(md5('content'))).status).toBe(200);
  expect(errorCode(await send(md5('other')))).toBe('BadDigest');
  expect(errorCode(await send('short'))).toBe('InvalidDigest');
});

it('refuses a body that is not as announced', async () => {
  const pieces = [Buffer.from('content')];
  const checksum = `x-amz-checksum-crc32:${checksumOf('crc32', pieces[0]!)}`;
  const both = 'x-amz-checksum-crc32,x-amz-checksum-crc32';
  expect(errorCode(await putUnsignedChunks('odd', pieces, [], 'x-amz-checksum-crc32'))).toBe(
    'MalformedTrailerError',
  );
  expect(errorCode(await putUnsignedChunks('odd', pieces, [checksum], both))).toBe('InvalidRequest');
  expect(errorCode(await putUnsignedChunks('odd', pieces, [checksum], 'x-amz-checksum-md4'))).toBe(
    'InvalidRequest',
  );
  const headers = { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '8' };
  const { headers: signed } = sign({ ...put('odd'), headers }, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
  for (const body of [
    unsignedChunks(pieces, []),
    Buffer.from('7\r\ncontent\r\n'),
    Buffer.from('zz\r\n'),
    Buffer.from(''),
  ]) {
    expect(errorCode(await sendRaw({ ...put('odd'), headers: signed, body }))).toBe('IncompleteBody');
  }
  expect((await stored('odd')).toString()).toContain('NoSuchKey');
});

it('asks a client that waits for 100 Continue for the body only when it can take it', async () => {
  const body = Buffer.alloc(100_000, 'x');
  const hash = createHash('sha256').update(body).digest('hex');
  const send = (headers: Record<string, string>) => {
    const signed = sign({ ...put('expect'), headers }, hash).headers;
    return sendRaw({ ...put('expect'), body, headers: signed, expectContinue: true });
  };
  const first = await send({ 'if-none-match': '*' });
  expect([first.status, first.continued]).toEqual([200, true]);
  const second = await send({ 'if-none-match': '*' });
  expect([second.status, second.continued, second.headers.connection]).toEqual([412, false, 'close']);
  const stranger = await sendRaw({ ...put('expect'), body, expectContinue: true });
  expect([stranger.status, stranger.continued]).toEqual([403, false]);
});
