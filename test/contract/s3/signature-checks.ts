import { amzDate, presign, sendRaw, sendSigned, sign } from '../../fixtures/object-store/raw-request.ts';
import { outcomeOf, plainClient } from '../../fixtures/object-store/temporary-store.ts';
import { aimedAt, answerTo, type Check, openAddress, type Subject, said } from './check.ts';

const ago = (minutes: number) => amzDate(new Date(Date.now() - minutes * 60_000));

async function putContent(subject: Subject, key: string): Promise<void> {
  await sendSigned({ ...aimedAt(subject, key, 'PUT'), body: Buffer.from('content') });
}

export const signatureChecks: readonly Check[] = [
  {
    name: 'refuses strangers',
    expected: {
      'no signature, get': '403 AccessDenied',
      'no signature, put': '403 AccessDenied',
      'unknown access key': '403 InvalidAccessKeyId',
      'wrong secret, get': '403 SignatureDoesNotMatch',
      'wrong secret, put': '403 SignatureDoesNotMatch',
      'wrong secret, list': '403 SignatureDoesNotMatch',
    },
    async observe(subject) {
      const { url, bucket } = subject;
      const target = aimedAt(subject, 'guarded');
      await putContent(subject, 'guarded');
      const { headers } = sign(target, 'UNSIGNED-PAYLOAD');
      const authorization = headers['authorization']?.replace('test-key', 'unknown') ?? '';
      const thief = plainClient(url, 'wrong');
      const at = { Bucket: bucket, Key: 'guarded' };
      return {
        'no signature, get': await said(sendRaw(target)),
        'no signature, put': await said(sendRaw({ ...target, method: 'PUT', body: Buffer.from('x') })),
        'unknown access key': await said(sendRaw({ ...target, headers: { ...headers, authorization } })),
        'wrong secret, get': await outcomeOf(thief.getObject(at)),
        'wrong secret, put': await outcomeOf(thief.putObject({ ...at, Body: 'x' })),
        'wrong secret, list': await outcomeOf(thief.listObjectsV2({ Bucket: bucket })),
      };
    },
  },
  {
    name: 'refuses a request that was changed after it was signed',
    expected: {
      'another key': '403 SignatureDoesNotMatch',
      'another method': '403 SignatureDoesNotMatch',
      'metadata added': '403 AccessDenied',
      unchanged: '200',
    },
    async observe(subject) {
      const target = aimedAt(subject, 'changed', 'PUT');
      const { headers } = sign(target, 'UNSIGNED-PAYLOAD');
      const send = (more: object) => said(sendRaw({ ...target, headers, ...more }));
      const added = { ...headers, 'x-amz-meta-added': 'on the way' };
      return {
        'another key': await send({ target: `/${subject.bucket}/other` }),
        'another method': await send({ method: 'DELETE' }),
        'metadata added': await send({ headers: added }),
        unchanged: await send({}),
      };
    },
  },
  {
    name: 'refuses a signature that is 16 minutes old or of the future',
    expected: { old: '403 RequestTimeTooSkewed', future: '403 RequestTimeTooSkewed' },
    async observe(subject) {
      const target = aimedAt(subject, 'skewed');
      await putContent(subject, 'skewed');
      const get = (minutes: number) => {
        const { headers } = sign(target, 'UNSIGNED-PAYLOAD', ago(minutes));
        return said(sendRaw({ ...target, headers }));
      };
      return { old: await get(16), future: await get(-16) };
    },
  },
  {
    name: 'opens a presigned address to anyone for its method, its key and its time',
    expected: {
      get: '200 content',
      put: '200',
      'put then': 'by anyone',
      'another method': '403 SignatureDoesNotMatch',
      'another key': '403 SignatureDoesNotMatch',
      'its time lengthened': '403 SignatureDoesNotMatch',
      'after its time': '403 AccessDenied',
      'before its end': '200',
    },
    async observe(subject) {
      const { client, bucket } = subject;
      await putContent(subject, 'presigned');
      const sign = (operation: string, Key: string) =>
        client.getSignedUrl(operation, { Bucket: bucket, Key, Expires: 60 });
      const address = sign('getObject', 'presigned');
      const got = await answerTo(openAddress(address));
      const put = await said(openAddress(sign('putObject', 'dropped é+'), 'PUT', 'by anyone'));
      const dropped = await client
        .getObject({ Bucket: bucket, Key: 'dropped é+' })
        .promise()
        .catch(() => ({ Body: 'absent' }));
      const aged = (minutes: number, seconds: number) =>
        said(openAddress(presign(aimedAt(subject, 'presigned'), seconds, ago(minutes))));
      return {
        get: got === null ? 'no answer' : `${got.status} ${got.body}`,
        put,
        'put then': String(dropped.Body),
        'another method': await said(openAddress(sign('getObject', 'dropped é+'), 'DELETE')),
        'another key': await said(openAddress(address.replace('/presigned?', '/other?'))),
        'its time lengthened': await said(openAddress(address.replace('Expires=60', 'Expires=600'))),
        'after its time': await aged(3, 120),
        'before its end': await aged(2, 180),
      };
    },
  },
];
