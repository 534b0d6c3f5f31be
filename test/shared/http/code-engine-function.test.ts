import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CodeEngineParams,
  codeEngineMain,
  httpEventOf,
  isPlainText,
} from '../../../shared/http/code-engine-function.ts';
import { bodyBytes, type HttpEvent, type HttpResult } from '../../../shared/http/http-event.ts';

describe('the parameters of a function become a request', () => {
  it("as Code Engine's documentation shows them", () => {
    const params = {
      __ce_body: 'eyJwbGFuZXQxIjogIk1hcnMiLCAicGxhbmV0MiI6ICJKdXBpdGVyIn0=',
      __ce_headers: { Accept: '*/*', 'Content-Length': '41', 'Content-Type': 'application/json' },
      __ce_method: 'POST',
      __ce_path: '/',
      __ce_query: 'a=1&b=%20x&c',
      planet1: 'Mars',
      planet2: 'Jupiter',
    };
    const event = httpEventOf(params);
    expect(event).toMatchObject({
      httpMethod: 'POST',
      path: '/',
      headers: { accept: '*/*', 'content-length': '41', 'content-type': 'application/json' },
      queryStringParameters: { a: '1', b: ' x', c: '' },
    });
    expect(JSON.parse(Buffer.from(bodyBytes(event)).toString())).toEqual({
      planet1: 'Mars',
      planet2: 'Jupiter',
    });
  });

  it('of a GET of / without body or headers when nothing is said', () => {
    expect(httpEventOf({})).toMatchObject({
      httpMethod: 'GET',
      path: '/',
      headers: {},
      queryStringParameters: {},
      body: null,
    });
    expect(bodyBytes(httpEventOf({}))).toHaveLength(0);
  });

  it('whose body has the bytes that were sent, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('application/json', 'image/png', undefined),
        (bytes, type) => {
          const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
          const event = httpEventOf({
            __ce_headers: headers,
            __ce_body: Buffer.from(bytes).toString('base64'),
          });
          expect(Buffer.from(bodyBytes(event))).toEqual(Buffer.from(bytes));
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const event = httpEventOf({ __ce_headers: { 'Content-Type': 'text/plain' }, __ce_body: text });
        expect(Buffer.from(bodyBytes(event)).toString()).toBe(text);
      }),
    );
  });
});

describe('what a handler returns becomes the result of the function', () => {
  const resultOf = (result: HttpResult, params: CodeEngineParams = {}) =>
    codeEngineMain(async () => result)(params);

  it.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/problem+json', '{"a":1}', { a: 1 }],
    ['text/csv', 'a,b', 'a,b'],
    ['image/svg+xml', '<svg/>', Buffer.from('<svg/>').toString('base64')],
  ])('a body of %s', async (type, body, expected) => {
    const result = await resultOf({ statusCode: 201, headers: { 'Content-Type': type }, body });
    expect(result).toEqual({ statusCode: 201, headers: { 'content-type': type }, body: expected });
  });

  it('a body without a type is text; headers that a middleware has taken away are left out', async () => {
    const headers = { gone: undefined, Kept: 'x' } as unknown as Record<string, string>;
    expect(await resultOf({ statusCode: 200, headers, body: 'x' })).toEqual({
      statusCode: 200,
      headers: { kept: 'x' },
      body: 'x',
    });
  });

  it("the handler gets the platform's request id, or one of its own", async () => {
    const seen: string[] = [];
    const main = codeEngineMain(async (_: HttpEvent, { requestId }) => {
      seen.push(requestId);
      return { statusCode: 200, headers: {}, body: '' };
    });
    await main({ __ce_headers: { 'X-Request-Id': 'abc' } });
    await main({});
    expect(seen).toEqual(['abc', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });
});

it.each([
  ['text/plain; charset=utf-8', true],
  ['TEXT/HTML', true],
  ['application/x-www-form-urlencoded', true],
  ['application/json', false],
  ['application/text', false],
  [undefined, false],
])('bodies of %s are passed as they are: %s', (type, plain) => {
  expect(isPlainText(type)).toBe(plain);
});
