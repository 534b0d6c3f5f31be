import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../shared/errors/catalogue.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseCloudEvent } from '../../../shared/events/cloud-event.ts';

/** Headers and body as IBM's documentation of object-storage subscriptions shows them (subscription-cos, 2026-01-27). */
const documented = {
  headers: {
    'ce-id': '3fb2c04e-a660-4640-8899-b82efb8169b6',
    'ce-source': 'https://cloud.ibm.com/catalog/services/cloud-object-storage/mybucket',
    'ce-specversion': '1.0',
    'ce-subject': 'object-69-144',
    'ce-time': '2021-08-17T20:22:02.917Z',
    'ce-type': 'com.ibm.cloud.cos.document.write',
  },
  body: JSON.stringify({
    bucket: 'mybucket',
    endpoint: '',
    key: 'Notes.rtf',
    notification: {
      bucket_name: 'mybucket',
      content_type: 'text/rtf',
      event_type: 'Object:Write',
      format: '2.0',
      object_etag: '2944035e54ee1bdc423848c8eaf05e86',
      object_length: '4642',
      object_name: 'Notes.rtf',
      request_id: '6abc7123-382d-4115-98e8-7568b2cc03f8',
      request_time: '2021-04-13T19:43:36.610Z',
    },
    operation: 'Object:Write',
  }),
};

const parse = (headers: Record<string, string | undefined> = {}, body = documented.body) =>
  parseCloudEvent(
    Object.fromEntries(
      Object.entries({ ...documented.headers, ...headers }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
    body,
  );

describe('an event of the object store', () => {
  it('is read as documented', () => {
    const id = documented.headers['ce-id'];
    expect(parse()).toEqual({ kind: 'object', id, operation: 'write', bucket: 'mybucket', key: 'Notes.rtf' });
    const deletion = JSON.stringify({
      bucket: 'mybucket',
      endpoint: '',
      key: 'a/ü b.tfrecord',
      notification: { bucket_name: 'mybucket', event_type: 'Object:Delete', object_name: 'a/ü b.tfrecord' },
      operation: 'Object:Delete',
    });
    expect(parse({ 'ce-type': 'com.ibm.cloud.cos.document.delete' }, deletion)).toEqual({
      kind: 'object',
      id,
      operation: 'delete',
      bucket: 'mybucket',
      key: 'a/ü b.tfrecord',
    });
  });

  it.each([
    [{ 'ce-id': undefined }, undefined, 'ce-id', 'nothing'],
    [{ 'ce-type': '' }, undefined, 'ce-type', 'nothing'],
    [{ 'ce-specversion': undefined }, undefined, 'ce-specversion', 'nothing'],
    [{ 'ce-specversion': '0.3' }, undefined, 'ce-specversion', '0.3'],
    [
      { 'ce-type': 'com.ibm.cloud.cos.document.read' },
      undefined,
      'ce-type',
      'com.ibm.cloud.cos.document.read',
    ],
    [{ 'ce-type': 'constructor' }, undefined, 'ce-type', 'constructor'],
    [{}, '', 'body', ''],
    [{}, '{"key": "a"', 'body', '{"key": "a"'],
    [{}, '[]', '(the whole document)', '[]'],
    [{}, 'null', '(the whole document)', 'null'],
    [{}, '{"bucket": "b"}', 'key', 'nothing'],
    [{}, '{"bucket": "b", "key": 7}', 'key', '7'],
    [{}, '{"bucket": "b", "key": ""}', 'key', '""'],
  ])('with %j and body %j is refused, and the place named', (headers, body, path, received) => {
    expect(() => parse(headers, body)).toThrowError(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        details: expect.objectContaining({ path, received, expected: expect.stringMatching(/\w/) }),
      }),
    );
  });

  it('whatever it holds is read or refused with a 4xx', () => {
    const anyHeaders = fc.dictionary(
      fc.constantFrom('ce-id', 'ce-type', 'ce-specversion', 'x'),
      fc.oneof(fc.string(), fc.constantFrom(...Object.values(documented.headers))),
    );
    const anyBody = fc.oneof(fc.string(), fc.json(), fc.constant(documented.body));
    fc.assert(
      fc.property(anyHeaders, anyBody, (headers, body) => {
        try {
          expect(parseCloudEvent(headers, body).id).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(EarshotError);
          const { status = 400 } = catalogue[(error as EarshotError).code];
          expect(Math.floor(status / 100)).toBe(4);
        }
      }),
    );
  });
});

describe('an event of the clock', () => {
  it('needs no body', () => {
    expect(parse({ 'ce-type': 'dev.knative.sources.ping' }, '')).toEqual({
      kind: 'clock',
      id: documented.headers['ce-id'],
    });
  });
});
