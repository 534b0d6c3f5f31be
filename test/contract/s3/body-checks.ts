import { createHash } from 'node:crypto';
import { checksumAlgorithms, startChecksum } from '../../../infra/local/object-store/body/checksum.ts';
import { inSignedChunks, inUnsignedChunks } from '../../fixtures/object-store/aws-chunked-request.ts';
import { sendRaw, sendSigned, sign } from '../../fixtures/object-store/raw-request.ts';
import { aimedAt, answerTo, type Check, contentAt, type Subject, said } from './check.ts';

type Algorithm = (typeof checksumAlgorithms)[number];

const pieces = [Buffer.alloc(100_000, 'x'), Buffer.alloc(50_000, 'y'), Buffer.from('the end')];
const content = Buffer.concat(pieces);
const other = Buffer.from('other');

function checksumOf(algorithm: Algorithm, bytes: Buffer): string {
  const checksum = startChecksum(algorithm);
  checksum.update(bytes);
  return checksum.digest().toString('base64');
}

/** What is stored, told apart from the bytes as they were framed for the way. */
async function storedAs(subject: Subject, key: string): Promise<string> {
  const found = await contentAt(subject, key);
  if (found === content.toString('latin1')) return 'the content';
  if (found.includes('chunk-signature') || /^[0-9a-f]+\r\n/.test(found)) return 'the framing too';
  return found.length > 40 ? `${found.length} other bytes` : found;
}

const sendIn = (subject: Subject, key: string, kind: 'signed' | 'unsigned', trailers: readonly string[]) => {
  const frame = kind === 'signed' ? inSignedChunks : inUnsignedChunks;
  return sendRaw(frame(aimedAt(subject, key, 'PUT'), pieces, trailers));
};

export const bodyChecks: readonly Check[] = [
  {
    name: 'takes the framing off an aws-chunked body whose chunks are signed',
    expected: { put: '200', stored: 'the content', 'content-encoding': 'absent' },
    async observe(subject) {
      const put = await said(sendIn(subject, 'chunks-signed', 'signed', []));
      const head = await sendSigned(aimedAt(subject, 'chunks-signed', 'HEAD'));
      return {
        put,
        stored: await storedAs(subject, 'chunks-signed'),
        'content-encoding': head.headers['content-encoding'] || 'absent',
      };
    },
  },
  {
    name: 'refuses signed chunks of which a byte was changed, and leaves the object as it was',
    expected: { put: '403 SignatureDoesNotMatch', stored: 'as it was' },
    async observe(subject) {
      const key = 'chunks-forged';
      await sendSigned({ ...aimedAt(subject, key, 'PUT'), body: Buffer.from('as it was') });
      const request = inSignedChunks(aimedAt(subject, key, 'PUT'), pieces);
      request.body[100_000 + 500]! ^= 1;
      return { put: await said(sendRaw(request)), stored: await storedAs(subject, key) };
    },
  },
  ...(['signed', 'unsigned'] as const).map(
    (kind): Check => ({
      name: `takes ${kind} chunks with a checksum in the trailer, and verifies it`,
      expected: { put: '200', stored: 'the content', 'a wrong checksum': '400 BadDigest' },
      async observe(subject) {
        const key = `chunks-trailer-${kind}`;
        const trailer = (bytes: Buffer) => `x-amz-checksum-crc32:${checksumOf('crc32', bytes)}`;
        const put = await said(sendIn(subject, key, kind, [trailer(content)]));
        const stored = await storedAs(subject, key);
        return { put, stored, 'a wrong checksum': await said(sendIn(subject, key, kind, [trailer(other)])) };
      },
    }),
  ),
  {
    name: 'verifies Content-MD5',
    expected: { right: '200', wrong: '400 BadDigest', malformed: '400 InvalidDigest' },
    async observe(subject) {
      const put = (md5: string) => {
        const headers = { 'content-md5': md5 };
        return said(sendSigned({ ...aimedAt(subject, 'md5', 'PUT'), body: content, headers }));
      };
      const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');
      return { right: await put(md5(content)), wrong: await put(md5(other)), malformed: await put('short') };
    },
  },
  ...checksumAlgorithms.map(
    (algorithm): Check => ({
      name: `verifies x-amz-checksum-${algorithm}, keeps it, and sends it when asked`,
      expected: { right: '200', kept: 'yes', wrong: '400 BadDigest' },
      async observe(subject) {
        const name = `x-amz-checksum-${algorithm}`;
        const target = aimedAt(subject, `summed-${algorithm}`, 'PUT');
        const put = (bytes: Buffer) =>
          said(sendSigned({ ...target, body: content, headers: { [name]: checksumOf(algorithm, bytes) } }));
        const right = await put(content);
        const headers = { 'x-amz-checksum-mode': 'ENABLED' };
        const answer = await answerTo(sendSigned({ ...target, method: 'GET', headers }));
        const kept = answer?.headers[name] === checksumOf(algorithm, content);
        return { right, kept: kept ? 'yes' : 'no', wrong: await put(other) };
      },
    }),
  ),
  {
    name: 'verifies the SHA-256 that was signed for the body',
    expected: { 'another body': '400 XAmzContentSHA256Mismatch', stored: '404 NoSuchKey' },
    async observe(subject) {
      const target = aimedAt(subject, 'hashed', 'PUT');
      const { headers } = sign(target, createHash('sha256').update('signed').digest('hex'));
      const put = await said(sendRaw({ ...target, headers, body: Buffer.from('forged') }));
      return { 'another body': put, stored: await storedAs(subject, 'hashed') };
    },
  },
  {
    name: 'answers Expect: 100-continue, and asks for a body only when it can take it',
    expected: { first: '200, body asked for', 'lost If-None-Match': '412, body not asked for' },
    async observe(subject) {
      const target = aimedAt(subject, 'expected', 'PUT');
      const send = async () => {
        const hash = createHash('sha256').update(content).digest('hex');
        const { headers } = sign({ ...target, headers: { 'if-none-match': '*' } }, hash);
        const answer = await answerTo(sendRaw({ ...target, headers, body: content, expectContinue: true }));
        if (answer === null) return 'no answer';
        return `${answer.status}, body ${answer.continued ? '' : 'not '}asked for`;
      };
      return { first: await send(), 'lost If-None-Match': await send() };
    },
  },
];
