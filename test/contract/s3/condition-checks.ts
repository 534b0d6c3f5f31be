import { sendSigned } from '../../fixtures/object-store/raw-request.ts';
import { outcomeOf } from '../../fixtures/object-store/temporary-store.ts';
import { aimedAt, answerTo, type Check, contentAt, type Subject, said } from './check.ts';

const past = 'Thu, 01 Jan 2015 00:00:00 GMT';
const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();

/** What each `Range` of the ten bytes 0123456789 gives (RFC 9110, section 14). */
const ranges: Readonly<Record<string, string>> = {
  'bytes=2-4': '206 234 of bytes 2-4/10',
  'bytes=7-': '206 789 of bytes 7-9/10',
  'bytes=-3': '206 789 of bytes 7-9/10',
  'bytes=-30': '206 0123456789 of bytes 0-9/10',
  'bytes=5-50': '206 56789 of bytes 5-9/10',
  'bytes=4-2': '200 0123456789',
  'lines=1-2': '200 0123456789',
  'bytes=10-': '416 InvalidRange',
  'bytes=10-12': '416 InvalidRange',
  'bytes=-0': '416 InvalidRange',
};

async function write(subject: Subject, key: string, body: string, headers: Record<string, string> = {}) {
  return said(sendSigned({ ...aimedAt(subject, key, 'PUT'), headers, body: Buffer.from(body) }));
}

async function etagOf(subject: Subject, key: string): Promise<string> {
  return (await sendSigned(aimedAt(subject, key, 'HEAD'))).headers.etag ?? '';
}

export const conditionChecks: readonly Check[] = [
  {
    name: 'sends ranges of bytes, and refuses those after the end',
    expected: ranges,
    async observe(subject) {
      await write(subject, 'digits', '0123456789');
      const seen: Record<string, string> = {};
      for (const range of Object.keys(ranges)) {
        const pending = sendSigned({ ...aimedAt(subject, 'digits'), headers: { range } });
        const answer = await answerTo(pending);
        const where = answer?.headers['content-range'];
        if (answer === null || answer.status >= 400) seen[range] = await said(pending);
        else {
          seen[range] = `${answer.status} ${answer.body}${where === undefined ? '' : ` of ${where}`}`;
        }
      }
      return seen;
    },
  },
  {
    name: 'reads under If-… conditions',
    expected: {
      'If-Match right': '200',
      'If-Match unquoted': '200',
      'If-Match wrong': '412 PreconditionFailed',
      'If-Match *': '200',
      'If-None-Match right': '304',
      'If-None-Match wrong': '200',
      'If-Modified-Since before': '200',
      'If-Modified-Since after': '304',
      'If-Unmodified-Since before': '412 PreconditionFailed',
      'If-Unmodified-Since after': '200',
      'HEAD, If-Match wrong': '412',
      'HEAD, If-None-Match right': '304',
      'If-Match right, If-Unmodified-Since before': '200',
      'If-None-Match wrong, If-Modified-Since after': '200',
    },
    async observe(subject) {
      await write(subject, 'read', 'content');
      const etag = await etagOf(subject, 'read');
      const get = (headers: Record<string, string>, method = 'GET') =>
        said(sendSigned({ ...aimedAt(subject, 'read', method), headers }));
      const wrong = '"00000000000000000000000000000000"';
      return {
        'If-Match right': await get({ 'if-match': etag }),
        'If-Match unquoted': await get({ 'if-match': etag.replaceAll('"', '') }),
        'If-Match wrong': await get({ 'if-match': wrong }),
        'If-Match *': await get({ 'if-match': '*' }),
        'If-None-Match right': await get({ 'if-none-match': etag }),
        'If-None-Match wrong': await get({ 'if-none-match': wrong }),
        'If-Modified-Since before': await get({ 'if-modified-since': past }),
        'If-Modified-Since after': await get({ 'if-modified-since': inAnHour() }),
        'If-Unmodified-Since before': await get({ 'if-unmodified-since': past }),
        'If-Unmodified-Since after': await get({ 'if-unmodified-since': inAnHour() }),
        'HEAD, If-Match wrong': await get({ 'if-match': wrong }, 'HEAD'),
        'HEAD, If-None-Match right': await get({ 'if-none-match': etag }, 'HEAD'),
        'If-Match right, If-Unmodified-Since before': await get({
          'if-match': etag,
          'if-unmodified-since': past,
        }),
        'If-None-Match wrong, If-Modified-Since after': await get({
          'if-none-match': wrong,
          'if-modified-since': inAnHour(),
        }),
      };
    },
  },
  {
    name: 'writes under If-… conditions',
    expected: {
      'If-None-Match * where nothing is': '200',
      'If-None-Match * over an object': '412 PreconditionFailed',
      'If-Match right': '200',
      'If-Match right, unquoted': '200',
      'If-Match wrong': '412 PreconditionFailed',
      'If-Match where nothing is': '404 NoSuchKey',
      'content then': 'third',
    },
    async observe(subject) {
      const key = 'conditional';
      const seen: Record<string, string> = {};
      seen['If-None-Match * where nothing is'] = await write(subject, key, 'first', { 'if-none-match': '*' });
      seen['If-None-Match * over an object'] = await write(subject, key, 'no', { 'if-none-match': '*' });
      const first = await etagOf(subject, key);
      seen['If-Match right'] = await write(subject, key, 'second', { 'if-match': first });
      const second = (await etagOf(subject, key)).replaceAll('"', '');
      seen['If-Match right, unquoted'] = await write(subject, key, 'third', { 'if-match': second });
      const wrong = { 'if-match': '"00000000000000000000000000000000"' };
      seen['If-Match wrong'] = await write(subject, key, 'no', wrong);
      seen['If-Match where nothing is'] = await write(subject, 'conditional-absent', 'no', wrong);
      return { ...seen, 'content then': await contentAt(subject, key) };
    },
  },
  {
    name: 'lets one of sixteen writers with If-None-Match * make an object',
    expected: { winners: 'one', content: "a winner's" },
    async observe(subject) {
      const writers = Array.from({ length: 16 }, (_, i) => `writer ${i}`);
      const outcomes = await Promise.all(
        writers.map((writer) => write(subject, 'race', writer, { 'if-none-match': '*' })),
      );
      const winners = writers.filter((_, i) => outcomes[i] === '200');
      const content = await contentAt(subject, 'race');
      const how = winners.length === 0 ? 'none' : winners.length === 1 ? 'one' : 'several';
      return { winners: how, content: winners.includes(content) ? "a winner's" : content };
    },
  },
  {
    name: 'loses no update when eight writers read, change and write with If-Match, ten times each',
    expected: { 'of 80 updates': 'none lost' },
    async observe(subject) {
      await write(subject, 'counter', '0');
      const increment = async () => {
        for (let attempt = 0; attempt < 100; attempt++) {
          const { headers, body } = await sendSigned(aimedAt(subject, 'counter'));
          const next = String(Number(body.toString()) + 1);
          const answer = await write(subject, 'counter', next, { 'if-match': headers.etag ?? '' });
          if (answer === '200') return true;
        }
        return false;
      };
      const incrementTenTimes = async () => {
        for (let i = 0; i < 10; i++) if (!(await increment())) return;
      };
      await Promise.all(Array.from({ length: 8 }, incrementTenTimes));
      const count = Number(await contentAt(subject, 'counter'));
      return { 'of 80 updates': count === 80 ? 'none lost' : count === 0 ? 'none possible' : 'some lost' };
    },
  },
  {
    name: 'completes a multipart upload under If-None-Match *',
    expected: { 'over an object': '412 PreconditionFailed', 'where nothing is': 'ok' },
    async observe({ client, bucket }) {
      const complete = async (Key: string) => {
        const { UploadId = '' } = await client.createMultipartUpload({ Bucket: bucket, Key }).promise();
        const upload = { Bucket: bucket, Key, UploadId };
        const { ETag = '' } = await client.uploadPart({ ...upload, PartNumber: 1, Body: 'part' }).promise();
        const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
        return outcomeOf(client.completeMultipartUpload({ ...upload, MultipartUpload, IfNoneMatch: '*' }));
      };
      await client.putObject({ Bucket: bucket, Key: 'completed-over', Body: 'first' }).promise();
      return {
        'over an object': await complete('completed-over'),
        'where nothing is': await complete('completed-new'),
      };
    },
  },
];
