import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { errorCode, sendSigned } from '../../../fixtures/object-store/raw-request.ts';
import { sharedTemporaryStore } from '../../../fixtures/object-store/shared-temporary-store.ts';
import { bucket, outcomeOf } from '../../../fixtures/object-store/temporary-store.ts';

const local = sharedTemporaryStore();
beforeEach(() => {
  local.notices.length = 0;
});

const at = (key: string) => ({ Bucket: bucket, Key: key });
const raw = (method: string, key: string) => ({ url: local.server.url, method, target: `/${bucket}/${key}` });
const put = (key: string, body: string, more: object = {}) =>
  local.client.putObject({ ...at(key), Body: body, ...more }).promise();

it('keeps the headers and the metadata of an object', async () => {
  await put('described', 'content', {
    ContentType: 'audio/x-embedding; v=1',
    CacheControl: 'no-store',
    ContentDisposition: 'attachment; filename="x"',
    ContentLanguage: 'de',
    ContentEncoding: 'gzip',
    Metadata: { model: 'vggish', 'two-words': 'a, b' },
  });
  const { headers, body } = await sendSigned(raw('GET', 'described'));
  expect(body.toString()).toBe('content');
  expect(headers).toMatchObject({
    'content-type': 'audio/x-embedding; v=1',
    'cache-control': 'no-store',
    'content-disposition': 'attachment; filename="x"',
    'content-language': 'de',
    'content-encoding': 'gzip',
    'x-amz-meta-model': 'vggish',
    'x-amz-meta-two-words': 'a, b',
    'content-length': '7',
    etag: '"9a0364b9e99bb480dd25e1f0284c8555"',
    'accept-ranges': 'bytes',
  });
  const head = await sendSigned(raw('HEAD', 'described'));
  const { date: _, 'x-amz-request-id': __, connection: ___, ...same } = headers;
  expect(head.headers).toMatchObject(same);
  const large = { 'x-amz-meta-large': 'x'.repeat(2_100) };
  expect(errorCode(await sendSigned({ ...raw('PUT', 'large'), headers: large }))).toBe('MetadataTooLarge');
});

it.each([
  ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
  ['bytes=5-50', 206, '56789', 'bytes 5-9/10'],
  ['bytes=0-1,4-5', 200, '0123456789', undefined],
  ['bytes=4-2', 200, '0123456789', undefined],
  ['lines=1-2', 200, '0123456789', undefined],
])('answers Range %s', async (range, status, body, contentRange) => {
  await put('digits', '0123456789');
  const answer = await sendSigned({ ...raw('GET', 'digits'), headers: { range } });
  expect([answer.status, answer.body.toString(), answer.headers['content-range']]).toEqual([
    status,
    body,
    contentRange,
  ]);
});

it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('refuses Range %s of ten bytes', async (range) => {
  await put('digits', '0123456789');
  const answer = await sendSigned({ ...raw('GET', 'digits'), headers: { range } });
  expect([answer.status, errorCode(answer), answer.headers['content-range']]).toEqual([
    416,
    'InvalidRange',
    'bytes */10',
  ]);
});

it('holds If-… conditions of reads, with and without quotes', async () => {
  const { ETag = '' } = await put('read', 'content');
  const bare = ETag.replaceAll('"', '');
  const status = async (headers: Record<string, string>) =>
    (await sendSigned({ ...raw('GET', 'read'), headers })).status;
  const past = 'Thu, 01 Jan 2015 00:00:00 GMT';
  const future = new Date(Date.now() + 3_600_000).toUTCString();
  expect(await status({ 'if-match': ETag })).toBe(200);
  expect(await status({ 'if-match': bare })).toBe(200);
  expect(await status({ 'if-match': `"other", ${ETag}` })).toBe(200);
  expect(await status({ 'if-match': '*' })).toBe(200);
  expect(await status({ 'if-match': '"other"' })).toBe(412);
  expect(await status({ 'if-none-match': ETag })).toBe(304);
  expect(await status({ 'if-none-match': bare })).toBe(304);
  expect(await status({ 'if-none-match': '"other"' })).toBe(200);
  expect(await status({ 'if-modified-since': past })).toBe(200);
  expect(await status({ 'if-modified-since': future })).toBe(304);
  expect(await status({ 'if-unmodified-since': future })).toBe(200);
  expect(await status({ 'if-unmodified-since': past })).toBe(412);
  expect(await status({ 'if-match': ETag, 'if-unmodified-since': past })).toBe(200);
  expect(await status({ 'if-none-match': '"other"', 'if-modified-since': future })).toBe(200);
  expect(await status({ range: 'bytes=0-1', 'if-range': ETag })).toBe(206);
  expect(await status({ range: 'bytes=0-1', 'if-range': '"other"' })).toBe(200);
});

it('holds If-… conditions of writes and deletions, with and without quotes', async () => {
  const write = async (headers: Record<string, string>, method = 'PUT') => {
    const answer = await sendSigned({
      ...raw(method, 'written'),
      headers,
      body: Buffer.from(method === 'PUT' ? 'x' : ''),
    });
    return answer.status === 200 || answer.status === 204 ? 'ok' : errorCode(answer);
  };
  expect(await write({ 'if-match': '"any"' })).toBe('NoSuchKey');
  expect(await write({ 'if-none-match': '*' })).toBe('ok');
  expect(await write({ 'if-none-match': '*' })).toBe('PreconditionFailed');
  const etag = (await local.client.headObject(at('written')).promise()).ETag ?? '';
  expect(await write({ 'if-none-match': etag })).toBe('PreconditionFailed');
  expect(await write({ 'if-none-match': '"other"' })).toBe('ok');
  expect(await write({ 'if-match': etag })).toBe('ok');
  expect(await write({ 'if-match': etag.replaceAll('"', '') })).toBe('ok');
  expect(await write({ 'if-match': '"other"' })).toBe('PreconditionFailed');
  expect(await write({ 'if-unmodified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' })).toBe('PreconditionFailed');
  expect(await write({ 'if-match': '"other"' }, 'DELETE')).toBe('PreconditionFailed');
  expect(await write({ 'if-match': etag }, 'DELETE')).toBe('ok');
});

it('never shows another size than content while an object is overwritten', async () => {
  const versions = [Buffer.alloc(1_000, 'a'), Buffer.alloc(400_000, 'b'), Buffer.alloc(30_000, 'c')];
  await local.client.putObject({ ...at('busy'), Body: versions[0]! }).promise();
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 40; i++)
      await local.client.putObject({ ...at('busy'), Body: versions[i % 3]! }).promise();
    writing = false;
  })();
  while (writing) {
    const { Body, ETag, ContentLength } = await local.client.getObject(at('busy')).promise();
    const match = versions.find((version) => version.equals(Body as Buffer));
    expect(match?.length).toBe(ContentLength);
    expect(ETag).toMatch(/^"[0-9a-f]{32}"$/);
  }
  await writer;
});

it('gives one of sixteen writers of a new object the victory, and notice of that one alone', async () => {
  const race = (_: unknown, i: number) =>
    outcomeOf(local.client.putObject({ ...at('race'), Body: `writer ${i}`, IfNoneMatch: '*' }));
  const outcomes = await Promise.all(Array.from({ length: 16 }, race));
  expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === '412 PreconditionFailed')).toHaveLength(15);
  expect(local.notices.filter(({ key }) => key === 'race')).toHaveLength(1);
});

it('gives notice of every change, with what was changed', async () => {
  const { ETag = '' } = await put('in/é +.tfrecord', 'content', { ContentType: 'application/x-tfrecord' });
  await local.client
    .copyObject({ ...at('copy'), CopySource: encodeURI(`/${bucket}/in/é +.tfrecord`) })
    .promise();
  await local.client.deleteObject(at('copy')).promise();
  await local.client.deleteObject(at('copy')).promise();
  const written = { operation: 'write', bucket, etag: ETag.replaceAll('"', ''), size: 7 };
  expect(local.notices).toMatchObject([
    { ...written, key: 'in/é +.tfrecord', contentType: 'application/x-tfrecord' },
    { ...written, key: 'copy', contentType: 'application/x-tfrecord' },
    { operation: 'delete', bucket, key: 'copy', etag: null, size: null, contentType: null },
  ]);
  expect(new Set(local.notices.map(({ requestId }) => requestId)).size).toBe(3);
});

it('sends the headers that the query asks for, unless they cannot be sent', async () => {
  await put('overridden', 'content');
  const asked = await sendSigned(
    raw('GET', 'overridden?response-content-type=text%2Fcsv&response-expires=never'),
  );
  expect(asked.headers).toMatchObject({ 'content-type': 'text/csv', expires: 'never' });
  const broken = await sendSigned(raw('GET', 'overridden?response-content-type=a%0D%0Ab%3A%20c'));
  expect(errorCode(broken)).toBe('InvalidArgument');
});

it('copies with the metadata of the source, or with new ones', async () => {
  await put('source', 'content', { ContentType: 'text/plain', Metadata: { a: '1' } });
  const CopySource = `${bucket}/source`;
  await local.client.copyObject({ ...at('kept'), CopySource }).promise();
  expect(await local.client.headObject(at('kept')).promise()).toMatchObject({
    ContentType: 'text/plain',
    Metadata: { a: '1' },
  });
  const renewed = { MetadataDirective: 'REPLACE', ContentType: 'text/csv', Metadata: { b: '2' } };
  await local.client.copyObject({ ...at('source'), CopySource, ...renewed }).promise();
  const found = await local.client.getObject(at('source')).promise();
  expect(found).toMatchObject({ ContentType: 'text/csv', Metadata: { b: '2' } });
  expect(found.Body?.toString()).toBe('content');
  expect(await outcomeOf(local.client.copyObject({ ...at('source'), CopySource }))).toBe(
    '400 InvalidRequest',
  );
  expect(await outcomeOf(local.client.copyObject({ ...at('x'), CopySource: `${bucket}/none` }))).toBe(
    '404 NoSuchKey',
  );
  expect(
    await outcomeOf(local.client.copyObject({ ...at('x'), CopySource, CopySourceIfMatch: 'other' })),
  ).toBe('412 PreconditionFailed');
});

it('deletes many at once, those that are not there too', async () => {
  const keys = ['many/1', 'many/ä & <b>', 'many/absent'];
  for (const key of keys.slice(0, 2)) await put(key, 'x');
  const Delete = { Objects: keys.map((Key) => ({ Key })) };
  const { Deleted } = await local.client.deleteObjects({ Bucket: bucket, Delete }).promise();
  expect(Deleted?.map(({ Key }) => Key)).toEqual(keys);
  expect((await local.client.listObjectsV2({ Bucket: bucket, Prefix: 'many/' }).promise()).Contents).toEqual(
    [],
  );
});

it('takes a key for nothing but a key', async () => {
  const targets = [
    'x%2f..%2f..%2f..%2fpwned',
    '..%2f..%2fpwned',
    '../../pwned',
    '%2e%2e/pwned',
    'a%00b',
    '//',
    'CON',
    'a.',
  ];
  for (const target of targets) {
    expect((await sendSigned({ ...raw('PUT', target), body: Buffer.from(target) })).status).toBe(200);
    expect((await sendSigned(raw('GET', target))).body.toString()).toBe(target);
  }
  const escapes = readdirSync(join(local.root, '..')).filter((name) => name.includes('pwned'));
  expect(escapes).toEqual([]);
  expect(errorCode(await sendSigned(raw('PUT', '%ff')))).toBe('InvalidURI');
  expect((await sendSigned(raw('PUT', 'k'.repeat(1_024)))).status).toBe(200);
  expect(errorCode(await sendSigned(raw('PUT', 'k'.repeat(1_025))))).toBe('KeyTooLongError');
});

it('is addressed by path and by virtual host', async () => {
  await put('hosted/key', 'content');
  const port = local.server.port;
  const request = { url: local.server.url, method: 'GET', target: '/hosted/key' };
  const hosted = { ...request, headers: { host: `${bucket}.localhost:${port}` } };
  expect((await sendSigned(hosted)).body.toString()).toBe('content');
  const byName = { ...raw('GET', 'hosted/key'), headers: { host: `localhost:${port}` } };
  expect((await sendSigned(byName)).body.toString()).toBe('content');
  const other = { ...request, headers: { host: `other-bucket.localhost:${port}` } };
  expect(errorCode(await sendSigned(other))).toBe('NoSuchBucket');
});

it('says 501 to what it does not know instead of passing over it', async () => {
  await put('plain', 'content');
  const unknown: [string, string, Record<string, string>?][] = [
    ['GET', `/${bucket}/plain?acl=`],
    ['PUT', `/${bucket}/plain?tagging=`],
    ['GET', `/${bucket}/plain?versionId=1`],
    ['PUT', `/${bucket}?versioning=`],
    ['PUT', `/${bucket}?lifecycle=`],
    ['GET', `/${bucket}?policy=`],
    ['POST', `/${bucket}`],
    ['PATCH', `/${bucket}/plain`],
    ['PUT', `/${bucket}/plain`, { 'x-amz-acl': 'public-read' }],
    ['PUT', `/${bucket}/plain`, { 'x-amz-tagging': 'a=b' }],
    ['PUT', `/${bucket}/plain`, { 'x-amz-server-side-encryption': 'AES256' }],
    ['PUT', `/${bucket}/plain`, { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
    ['PUT', `/${bucket}/plain`, { 'x-amz-storage-class': 'GLACIER' }],
  ];
  for (const [method, target, headers = {}] of unknown) {
    const answer = await sendSigned({ url: local.server.url, method, target, headers });
    expect([method, target, answer.status, errorCode(answer)]).toEqual([
      method,
      target,
      501,
      'NotImplemented',
    ]);
  }
  expect((await local.client.getObject(at('plain')).promise()).Body?.toString()).toBe('content');
});

it('answers an error with its code, its request and no more', async () => {
  const answer = await sendSigned(raw('GET', 'no%20such%26key'));
  expect(answer.headers['content-type']).toBe('application/xml');
  const id = answer.headers['x-amz-request-id'];
  expect(answer.body.toString()).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>' +
      '<Message>The specified key does not exist.</Message><Key>no such&amp;key</Key>' +
      `<Resource>/${bucket}/no%20such%26key</Resource><RequestId>${id}</RequestId></Error>`,
  );
  const head = await sendSigned(raw('HEAD', 'none'));
  expect([head.status, head.body.length]).toEqual([404, 0]);
});
