import { expect } from 'vitest';
import type { CodeEngineMain } from '../../../shared/http/code-engine-function.ts';

export const jsonType = 'application/json';
export const tfRecordType = 'application/octet-stream';

/** A request to infer; what is left out is as in a POST of JSON to /predict. */
export interface Request {
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly path?: string;
  readonly method?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function answerTo(
  main: CodeEngineMain,
  {
    body = '',
    type = jsonType,
    path = '/predict',
    method = 'POST',
    query = '',
    headers: given = {},
  }: Request,
) {
  const {
    statusCode,
    headers,
    body: answer,
  } = await main({
    __ce_method: method,
    __ce_path: path,
    __ce_query: query,
    __ce_headers: { 'Content-Type': type, 'X-Request-Id': 'r-1', ...given },
    __ce_body: Buffer.from(body).toString('base64'),
  });
  return { statusCode, headers, answer: answer as Record<string, unknown> };
}

/** The problem document, after what holds for each. */
export async function problemOf(main: CodeEngineMain, request: Request) {
  const { statusCode, headers, answer } = await answerTo(main, request);
  expect(statusCode, JSON.stringify(answer)).toBeGreaterThanOrEqual(400);
  expect(statusCode, JSON.stringify(answer)).toBeLessThan(500);
  expect(headers['content-type']).toBe('application/problem+json');
  expect(answer).toMatchObject({
    type: 'about:blank',
    title: expect.stringMatching(/\w/),
    ...(request.path?.startsWith('/model/')
      ? { status: 'error', message: answer['detail'] }
      : { status: statusCode }),
    code: expect.stringMatching(/^[A-Z_]+$/),
    remedy: expect.stringMatching(/\w/),
    expected: expect.stringMatching(/\w/),
    received: expect.stringMatching(/./s),
    request_id: 'r-1',
  });
  const text = JSON.stringify(answer);
  expect(text.length).toBeLessThan(4000);
  expect(text).not.toMatch(/\\n\s+at |node_modules|main\.cjs/);
  return answer;
}
