import { describe, expect, it } from 'vitest';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { problemResult } from '../../../shared/http/problem.ts';
import { problemOfProtocol } from '../../../shared/protocols/problem-of-protocol.ts';
import { smallModel } from '../../fixtures/published-model.ts';
import { serve } from '../../fixtures/served.ts';
import { answerTo } from '../../functions/infer/ask-main.ts';

const problem = problemResult(new EarshotError('BODY_TOO_LARGE', { limit: 5, size: 6 }), 'r-1');
const bodyFor = (path: string) =>
  JSON.parse(problemOfProtocol(problem, { path }).body) as Record<string, unknown>;

it('an error of MAX-Audio-Classifier has the fields that its clients look at, and all of ours', () => {
  const { status: _, ...ours } = JSON.parse(problem.body) as Record<string, unknown>;
  expect(bodyFor('/model/predict')).toEqual({ ...ours, status: 'error', message: ours['detail'] });
});

it.each(['/predict', '/v1/models/model:predict', '/v2/models/model/infer', '/models', '/'])(
  'an error at %s is a problem document with the error string of the others',
  (path) => {
    expect(bodyFor(path)).toMatchObject({ status: 413, error: expect.stringContaining('larger') });
    expect(bodyFor(path)).not.toHaveProperty('message');
  },
);

describe('through the function', () => {
  it.each([
    ['a wrong key', { headers: { 'X-Api-Key': 'wrong' } }, 401],
    ['a path that is not there', { path: '/model/nothing' }, 404],
    ['a wrong body', { body: '{' }, 400],
    ['headers that are too large', { headers: { Cookie: 'x'.repeat(40_000) } }, 431],
  ])('%s', async (_, request, status) => {
    const key = 'key-of-the-old-client';
    const { main } = await serve(smallModel(1), undefined, { EARSHOT_API_KEYS: key });
    const headers = { 'X-Api-Key': key };
    const { statusCode, answer } = await answerTo(main, { path: '/model/predict', headers, ...request });
    expect(statusCode).toBe(status);
    expect(answer).toMatchObject({ status: 'error', message: answer['error'], code: expect.any(String) });
  });
});
