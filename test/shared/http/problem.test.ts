import middy from '@middy/core';
import { describe, expect, it, vi } from 'vitest';
import { catalogue, type ErrorCode } from '../../../shared/errors/catalogue.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { codeEngineMain } from '../../../shared/http/code-engine-function.ts';
import { problemResult } from '../../../shared/http/problem.ts';
import { problemMiddleware } from '../../../shared/http/problem-middleware.ts';

const bodyOf = (error: unknown) => JSON.parse(problemResult(error, 'id-1').body) as Record<string, unknown>;

describe('a problem document', () => {
  it('says what, where, expected and received, and how to mend it', () => {
    const where = { path: 'clips[0]', expected: '6 values', received: '7' };
    const { statusCode, headers, body } = problemResult(new EarshotError('REQUEST_INVALID', where), 'id-1');
    expect(statusCode).toBe(422);
    expect(headers).toEqual({ 'content-type': 'application/problem+json' });
    const { message, remedy } = catalogue.REQUEST_INVALID;
    const detail = `${message} (at clips[0]): expected 6 values, received 7`;
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: message,
      status: 422,
      detail,
      code: 'REQUEST_INVALID',
      remedy,
      ...where,
      request_id: 'id-1',
      error: detail,
    });
  });

  it('of an anomaly names file, record, byte and field', () => {
    const where = { file: 'f', record: 3, offset: 99, field: 'labels' };
    const problem = bodyOf(new EarshotError('LABEL_INVALID', where));
    expect(problem).toMatchObject({ status: 400, file: 'f', record: 3, offset: 99, path: 'labels' });
  });

  it('of anything else says nothing of it', () => {
    for (const error of [new TypeError('secret x of undefined'), 'secret', undefined, null]) {
      const problem = bodyOf(error);
      expect(problem).toMatchObject({ status: 500, code: 'INTERNAL_FAULT', request_id: 'id-1' });
      expect(JSON.stringify(problem)).not.toMatch(/secret|TypeError|\\n/);
    }
  });

  it('has Allow for a wrong method, and Retry-After when trying again helps', () => {
    const wrongMethod = new EarshotError('METHOD_NOT_ALLOWED', { expected: 'GET or POST' });
    expect(problemResult(wrongMethod, 'i').headers['allow']).toBe('GET, POST');
    expect(problemResult(new EarshotError('MODEL_LOADING'), 'i', 7).headers['retry-after']).toBe('7');
    expect(problemResult(new EarshotError('MODEL_LOADING'), 'i').headers['retry-after']).toBe('1');
  });

  it('has a status that blames the caller only for what the caller sent', () => {
    const statusOf = (code: ErrorCode) => problemResult(new EarshotError(code), 'i').statusCode;
    const anomalies = (Object.keys(catalogue) as ErrorCode[]).filter(
      (code) => catalogue[code].kind === 'anomaly',
    );
    for (const code of anomalies) expect(statusOf(code), code).toBe(400);
    const faults = (Object.keys(catalogue) as ErrorCode[]).filter((code) => catalogue[code].kind === 'fault');
    for (const code of faults) expect(statusOf(code), code).toBeGreaterThanOrEqual(500);
    const ofTheOperator = [
      ...(['SETTING_INVALID', 'STORE_DENIED', 'STORE_NOT_CONDITIONAL', 'ENGINE_UNAVAILABLE'] as const),
      'MODEL_MISSING' as const,
    ];
    for (const code of ofTheOperator) expect(statusOf(code), code).toBeGreaterThanOrEqual(500);
  });
});

describe('the middleware', () => {
  async function answerTo(error: unknown) {
    const lines: string[] = [];
    const stderr = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((line) => lines.push(String(line)) > 0);
    try {
      const handler = middy()
        .use(problemMiddleware(() => 9))
        .handler(async () => {
          throw error;
        });
      const result = await codeEngineMain(handler as never)({ __ce_headers: { 'X-Request-Id': 'id-2' } });
      return { result, logged: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
    } finally {
      stderr.mockRestore();
    }
  }

  it('answers what is wrong with a request without a word in the log', async () => {
    const { result, logged } = await answerTo(new EarshotError('REQUEST_INVALID', { path: 'x' }));
    expect(result).toMatchObject({ statusCode: 422, body: { path: 'x', request_id: 'id-2' } });
    expect(logged).toEqual([]);
  });

  it.each([
    ['a fault', new TypeError('inner'), 500, 'INTERNAL_FAULT', 'inner'],
    ['what the operator must mend', new EarshotError('STORE_DENIED'), 500, 'STORE_DENIED', 'refused'],
    ['what passes', new EarshotError('MODEL_LOADING'), 503, 'MODEL_LOADING', 'loaded'],
  ])('logs %s whole, under the request id', async (_, error, statusCode, code, said) => {
    const { result, logged } = await answerTo(error);
    expect(result).toMatchObject({ statusCode, body: { code } });
    expect(logged).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'fault',
        code,
        requestId: 'id-2',
        message: expect.stringContaining(said),
        stack: expect.stringContaining('problem.test'),
      }),
    ]);
    if (statusCode === 503) expect(result.headers['retry-after']).toBe('9');
  });
});
