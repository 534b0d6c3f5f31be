import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeCloud, startCloud } from '../../fixtures/ibm-cloud/start-cloud.ts';

// What the local Code Engine refuses: it must not be kinder than the real one.
let cloud: FakeCloud;
let token: string;
let root: string;

const version = 'version=2026-06-15';
const json = { 'content-type': 'application/json' };
const patch = { 'content-type': 'application/merge-patch+json', 'if-match': '*' };
const app = { name: 'events', image_reference: 'icr.io/n/events:1' };

async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  const response = await fetch(path.startsWith('http') ? path : `${root}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

beforeAll(async () => {
  cloud = await startCloud();
  const { id } = cloud.codeEngine.addProject('sound');
  root = `${cloud.url}/v2/projects/${id}`;
  const grant_type = 'urn:ibm:params:oauth:grant-type:apikey';
  const form = new URLSearchParams({ grant_type, apikey: cloud.env['IBMCLOUD_API_KEY']! });
  const answer = await fetch(`${cloud.url}/identity/token`, {
    method: 'POST',
    body: form.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  token = ((await answer.json()) as { access_token: string }).access_token;
  const registry = { format: 'registry', name: 'reg', data: { server: 's', username: 'u', password: 'p' } };
  expect((await ask('POST', `/secrets?${version}`, json, registry)).status).toBe(201);
  expect((await ask('POST', `/apps?${version}`, json, app)).status).toBe(201);
  expect((await ask('POST', `/config_maps?${version}`, json, { name: 'record' })).status).toBe(201);
});
afterAll(() => cloud.close());

describe('the local Code Engine refuses', () => {
  it.each([
    [
      'a wrong token',
      'GET',
      `/apps?${version}`,
      { authorization: 'Bearer x' },
      undefined,
      401,
      'unauthorized',
    ],
    ['no version', 'GET', '/apps', {}, undefined, 400, 'invalid_version'],
    ['an unknown parameter', 'GET', `/apps?${version}&sort=name`, {}, undefined, 400, 'invalid_query'],
    ['a filter of another kind', 'GET', `/apps?${version}&job_name=a`, {}, undefined, 400, 'invalid_query'],
    [
      'no content type',
      'POST',
      `/apps?${version}`,
      { 'content-type': 'text/plain' },
      app,
      415,
      'unsupported_media_type',
    ],
    ['a body that is no JSON', 'POST', `/apps?${version}`, json, '{', 400, 'invalid_request'],
    [
      'an unknown field',
      'POST',
      `/apps?${version}`,
      json,
      { ...app, name: 'b', cpu: 1 },
      400,
      'invalid_request',
    ],
    ['a missing field', 'POST', `/apps?${version}`, json, { name: 'b' }, 400, 'invalid_request'],
    [
      'a field out of its range',
      'POST',
      `/apps?${version}`,
      json,
      { ...app, name: 'b', image_port: 0 },
      400,
      'invalid_request',
    ],
    ['a name that is taken', 'POST', `/apps?${version}`, json, app, 409, 'resource_already_exists'],
    [
      'a secret that is not there',
      'POST',
      `/apps?${version}`,
      json,
      { ...app, name: 'b', image_secret: 'x' },
      400,
      'invalid_reference',
    ],
    [
      'a change as plain JSON',
      'PATCH',
      `/apps/events?${version}`,
      { ...json, 'if-match': '*' },
      {},
      415,
      'unsupported_media_type',
    ],
    [
      'a change without If-Match',
      'PATCH',
      `/apps/events?${version}`,
      { 'content-type': patch['content-type'] },
      {},
      400,
      'missing_header',
    ],
    [
      'a change under an old tag',
      'PATCH',
      `/apps/events?${version}`,
      { ...patch, 'if-match': '1' },
      {},
      412,
      'entity_tag_mismatch',
    ],
    ['a new name', 'PATCH', `/apps/events?${version}`, patch, { name: 'b' }, 400, 'invalid_request'],
    ['a change of what is not there', 'PATCH', `/apps/none?${version}`, patch, {}, 404, 'resource_not_found'],
    [
      'a PATCH of a config map',
      'PATCH',
      `/config_maps/record?${version}`,
      patch,
      { data: {} },
      405,
      'method_not_allowed',
    ],
    [
      'a PUT without If-Match',
      'PUT',
      `/config_maps/record?${version}`,
      json,
      { data: {} },
      400,
      'missing_header',
    ],
    [
      'another format of a secret',
      'PUT',
      `/secrets/reg?${version}`,
      { ...json, 'if-match': '*' },
      { format: 'generic', data: {} },
      400,
      'invalid_request',
    ],
    [
      'a run of no job',
      'POST',
      `/job_runs?${version}`,
      json,
      { name: 'r', job_name: 'none' },
      404,
      'resource_not_found',
    ],
    ['a path that there is not', 'GET', `/fleets?${version}`, {}, undefined, 404, 'resource_not_found'],
  ])('%s, in the documented form', async (_, method, path, headers, body, status, code) => {
    const answer = await ask(method, path, headers as Record<string, string>, body);
    expect(answer).toEqual({
      status,
      body: {
        errors: [expect.objectContaining({ code, message: expect.any(String) })],
        trace: expect.stringMatching(/^codeengine-api-/),
        status_code: status,
      },
    });
  });

  it('a project of a name that was there, also when it was deleted', async () => {
    const projects = `${cloud.url}/v2/projects`;
    expect((await ask('POST', `${projects}?${version}`, json, { name: 'sound' })).status).toBe(409);
    const gone = cloud.codeEngine.addProject('gone');
    expect((await ask('DELETE', `${projects}/${gone.id}?${version}`)).status).toBe(202);
    expect((await ask('POST', `${projects}?${version}`, json, { name: 'gone' })).status).toBe(409);
    expect((await ask('GET', `${projects}/${gone.id}/apps?${version}`)).status).toBe(404);
  });
});

it('a field that a change sets to null goes, as RFC 7396 has it', async () => {
  const { resources } = [...cloud.codeEngine.projects.values()][0]!;
  resources.create('job', { name: 'j', image_reference: 'a', scale_retry_limit: 5, run_env_variables: [] });
  resources.change('job', 'j', '*', { scale_retry_limit: null }, false);
  expect(resources.peek('job', 'j')).toMatchObject({ scale_retry_limit: 3, image_reference: 'a' });
});
