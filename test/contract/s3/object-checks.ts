import { createHash } from 'node:crypto';
import { sendRaw, sendSigned, sign } from '../../fixtures/object-store/raw-request.ts';
import { outcomeOf } from '../../fixtures/object-store/temporary-store.ts';
import { aimedAt, answerTo, type Check, said, yesOrNo } from './check.ts';

/** Keys that clients, servers or file systems are known to mishandle. */
const oddKeys = [
  'nested',
  'nested/below',
  'nested//double',
  'ends/',
  'with space and+plus',
  'percent%2Fescape%',
  'question?mark#hash&amp;',
  'quote\'"<angle>',
  'dots/../up/./here',
  'ünïcödé/日本語/🎧.tfrecord',
  'CASE',
  'case',
  'equals=and;semi,colon:@!$()*',
  'tab\tand\u0001control',
  `${'long/'.repeat(150)}end`,
];
/** As they go on the wire: no client library smooths these. Signed is what they stand for. */
const rawKeys = ['x%2f..%2f..%2f..%2fpwned', '..%2f..%2fpwned', '%2e%2e/pwned'];
const described = {
  ContentType: 'audio/x-embedding; v=1',
  CacheControl: 'no-store',
  ContentDisposition: 'attachment; filename="x"',
  ContentLanguage: 'de',
  ContentEncoding: 'gzip',
  Metadata: { model: 'vggish', 'two-words': 'a, b' },
};

export const objectChecks: readonly Check[] = [
  {
    name: 'takes any key as it is: writes, reads and lists it',
    expected: Object.fromEntries(oddKeys.map((key) => [JSON.stringify(key).slice(0, 30), 'kept'])),
    async observe({ client, bucket }) {
      const Prefix = 'odd/';
      const seen: Record<string, string> = {};
      for (const key of oddKeys) {
        const at = { Bucket: bucket, Key: Prefix + key };
        const put = await outcomeOf(client.putObject({ ...at, Body: key }));
        seen[JSON.stringify(key).slice(0, 30)] = put === 'ok' ? 'kept' : put;
      }
      const { Contents = [] } = await client
        .listObjectsV2({ Bucket: bucket, Prefix, EncodingType: 'url' })
        .promise();
      const listed = new Set(Contents.map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' '))));
      for (const key of oddKeys) {
        const label = JSON.stringify(key).slice(0, 30);
        const found = await client
          .getObject({ Bucket: bucket, Key: Prefix + key })
          .promise()
          .then(({ Body }) => Body?.toString())
          .catch((error: { code?: string }) => error.code);
        if (seen[label] !== 'kept') continue;
        if (found !== key) seen[label] = `read as ${found}`;
        else if (!listed.has(Prefix + key)) seen[label] = 'not listed';
      }
      return seen;
    },
  },
  {
    name: 'takes escaped dots and slashes for characters of a key',
    expected: Object.fromEntries(rawKeys.map((key) => [key, 'kept'])),
    async observe(subject) {
      const send = async (method: string, key: string, body = '') => {
        const signed = aimedAt(subject, decodeURIComponent(key), method);
        const { headers } = sign(signed, 'UNSIGNED-PAYLOAD');
        const request = { ...signed, ...aimedAt(subject, key, method), headers, body: Buffer.from(body) };
        return answerTo(sendRaw(request));
      };
      const seen: Record<string, string> = {};
      for (const key of rawKeys) {
        const put = await send('PUT', key, key);
        const found = String((await send('GET', key))?.body);
        seen[key] = put?.status === 200 && found === key ? 'kept' : `${put?.status}, read as ${found}`;
      }
      return seen;
    },
  },
  {
    name: 'refuses a key of more than 1,024 bytes',
    expected: { '1,024': '200', '1,025': '400 KeyTooLongError' },
    async observe(subject) {
      const put = (key: string) => said(sendSigned(aimedAt(subject, key, 'PUT')));
      return { '1,024': await put('k'.repeat(1_024)), '1,025': await put('k'.repeat(1_025)) };
    },
  },
  {
    name: 'keeps the headers and the metadata of an object',
    expected: {
      ContentType: '"audio/x-embedding; v=1"',
      CacheControl: '"no-store"',
      ContentDisposition: '"attachment; filename=\\"x\\""',
      ContentLanguage: '"de"',
      ContentEncoding: '"gzip"',
      Metadata: '{"model":"vggish","two-words":"a, b"}',
    },
    async observe({ client, bucket }) {
      const at = { Bucket: bucket, Key: 'described' };
      await client.putObject({ ...at, ...described, Body: 'content' }).promise();
      const head: Record<string, unknown> = { ...(await client.headObject(at).promise()) };
      return Object.fromEntries(
        Object.keys(described).map((name) => [name, JSON.stringify(head[name]) ?? 'absent']),
      );
    },
  },
  {
    name: 'answers with length, MD5 as ETag, date and Accept-Ranges, and HEAD as GET',
    expected: {
      length: '7',
      'ETag is the MD5': 'yes',
      'ETag of PUT': 'the same',
      'accept-ranges': 'bytes',
      'last-modified': 'now',
      'HEAD has the same': 'yes',
      'HEAD has a body': 'no',
    },
    async observe(subject) {
      const put = await sendSigned({ ...aimedAt(subject, 'plain', 'PUT'), body: Buffer.from('content') });
      const { headers } = await sendSigned(aimedAt(subject, 'plain'));
      const head = await sendSigned(aimedAt(subject, 'plain', 'HEAD'));
      const names = ['content-length', 'etag', 'last-modified', 'content-type', 'accept-ranges'] as const;
      const age = Math.abs(Date.now() - Date.parse(headers['last-modified'] ?? ''));
      return {
        length: String(headers['content-length']),
        'ETag is the MD5': yesOrNo(headers.etag === '"9a0364b9e99bb480dd25e1f0284c8555"'),
        'ETag of PUT': put.headers.etag === headers.etag ? 'the same' : String(put.headers.etag),
        'accept-ranges': headers['accept-ranges'] ?? 'absent',
        'last-modified': age < 10_000 ? 'now' : String(headers['last-modified']),
        'HEAD has the same': yesOrNo(names.every((name) => headers[name] === head.headers[name])),
        'HEAD has a body': yesOrNo(head.body.length > 0),
      };
    },
  },
  {
    name: 'keeps an object without a byte',
    expected: { get: '200', length: '0', ETag: `"${createHash('md5').digest('hex')}"` },
    async observe(subject) {
      await sendSigned(aimedAt(subject, 'empty', 'PUT'));
      const { status, headers, body } = await sendSigned(aimedAt(subject, 'empty'));
      return { get: String(status), length: String(body.length), ETag: String(headers.etag) };
    },
  },
  {
    name: 'sends the headers that the query asks for',
    expected: { 'content-type': 'text/csv', 'cache-control': 'no-cache' },
    async observe(subject) {
      await sendSigned({ ...aimedAt(subject, 'overridden', 'PUT'), body: Buffer.from('x') });
      const query = 'response-cache-control=no-cache&response-content-type=text%2Fcsv';
      const { headers } = await sendSigned(aimedAt(subject, `overridden?${query}`));
      return {
        'content-type': headers['content-type'] ?? 'absent',
        'cache-control': headers['cache-control'] ?? 'absent',
      };
    },
  },
  {
    name: 'answers an error with a document that names code, message and request',
    expected: {
      get: '404 NoSuchKey',
      type: 'application/xml',
      Message: 'yes',
      RequestId: 'as in the header',
    },
    async observe(subject) {
      const answer = await answerTo(sendSigned(aimedAt(subject, 'no%20such%26key')));
      const text = answer?.body.toString() ?? '';
      const id = /<RequestId>(.*?)<\/RequestId>/.exec(text)?.[1];
      const sent = answer?.headers['x-amz-request-id'];
      return {
        get: await said(sendSigned(aimedAt(subject, 'no%20such%26key'))),
        type: answer?.headers['content-type']?.split(';')[0] ?? 'absent',
        Message: yesOrNo(/<Message>[^<]+</.test(text)),
        RequestId: id !== undefined && id === sent ? 'as in the header' : 'another',
      };
    },
  },
  {
    name: 'deletes one and many, and what is not there too',
    expected: {
      'one that is there': '204',
      'one that is not': '204',
      many: 'many/1, many/absent, many/ä & <b>',
      quietly: 'nothing said',
      left: 'none',
    },
    async observe(subject) {
      const { client, bucket } = subject;
      const remove = (key: string) => said(sendSigned(aimedAt(subject, key, 'DELETE')));
      const keys = ['many/1', 'many/ä & <b>', 'many/2', 'deleted'];
      for (const Key of keys) await client.putObject({ Bucket: bucket, Key, Body: 'x' }).promise();
      const removeAll = async (names: readonly string[], Quiet: boolean) => {
        const Delete = { Objects: names.map((Key) => ({ Key })), Quiet };
        const { Deleted = [] } = await client.deleteObjects({ Bucket: bucket, Delete }).promise();
        return (
          Deleted.map(({ Key }) => Key)
            .sort()
            .join(', ') || 'nothing said'
        );
      };
      const seen = {
        'one that is there': await remove('deleted'),
        'one that is not': await remove('deleted'),
        many: await removeAll(['many/1', 'many/ä & <b>', 'many/absent'], false),
        quietly: await removeAll(['many/2'], true),
      };
      const { Contents = [] } = await client.listObjectsV2({ Bucket: bucket, Prefix: 'many/' }).promise();
      return { ...seen, left: Contents.map(({ Key }) => Key).join(', ') || 'none' };
    },
  },
  {
    name: 'copies with the metadata of the source or with new ones, under conditions',
    expected: {
      kept: 'text/plain {"a":"1"}',
      replaced: 'text/csv {"b":"2"}',
      content: 'content',
      'onto itself unchanged': '400 InvalidRequest',
      'of what is not there': '404 NoSuchKey',
      'If-Match wrong': '412 PreconditionFailed',
      'If-None-Match right': '412 PreconditionFailed',
    },
    async observe({ client, bucket }) {
      const at = (Key: string) => ({ Bucket: bucket, Key });
      const source = { ...at('source é+'), ContentType: 'text/plain', Metadata: { a: '1' } };
      const { ETag = '' } = await client.putObject({ ...source, Body: 'content' }).promise();
      const CopySource = `${bucket}/${encodeURIComponent('source é+')}`;
      const head = async (Key: string) => {
        const { ContentType, Metadata } = await client.headObject(at(Key)).promise();
        return `${ContentType} ${JSON.stringify(Metadata)}`;
      };
      const copy = (Key: string, more: object = {}) =>
        outcomeOf(client.copyObject({ ...at(Key), CopySource, ...more }));
      await copy('copy');
      await copy('renewed', { MetadataDirective: 'REPLACE', ContentType: 'text/csv', Metadata: { b: '2' } });
      return {
        kept: await head('copy'),
        replaced: await head('renewed'),
        content: (await client.getObject(at('renewed')).promise()).Body?.toString() ?? '',
        'onto itself unchanged': await copy('source é+'),
        'of what is not there': await copy('x', { CopySource: `${bucket}/none` }),
        'If-Match wrong': await copy('x', { CopySourceIfMatch: '"other"' }),
        'If-None-Match right': await copy('x', { CopySourceIfNoneMatch: ETag }),
      };
    },
  },
];
