import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../../../infra/local/node-http.ts';
import { openCodeEngine } from '../../../../infra/serverless-code-engine/api/code-engine.ts';
import { openIamTokens } from '../../../../infra/serverless-code-engine/api/iam-tokens.ts';
import { EarshotError } from '../../../../shared/errors/earshot-error.ts';
import { type OpenedCloud, openCloud } from '../../../fixtures/ibm-cloud/open-cloud.ts';

let cloud: OpenedCloud;
const servers: Server[] = [];

beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(async () => {
  await cloud.close();
  for (const server of servers.splice(0)) server.close();
});

const errorOf = async (promise: Promise<unknown>): Promise<EarshotError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EarshotError);
  return error as EarshotError;
};

/** A Code Engine that answers everything alike, behind an IAM that knows every key. */
async function answering(status: number, body: string) {
  const server = createServer((request, response) => {
    const isToken = request.url === '/identity/token';
    response.writeHead(isToken ? 200 : status, {
      'content-type': 'application/json',
      'x-request-id': 'request-7',
    });
    response.end(isToken ? '{"access_token": "eyJhbGci.eyJpc3Mi.b3RoZXI", "expires_in": 3600}' : body);
  });
  servers.push(server);
  const url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`;
  const pause = async () => {};
  return openCodeEngine({ tokens: openIamTokens({ apiKey: 'k', endpoint: url, pause }), pause }, url).project(
    'p',
  );
}

const refusal = (code: string, message: string) =>
  JSON.stringify({ errors: [{ code, message }], trace: 'codeengine-api-1', status_code: 0 });

describe('an error', () => {
  it.each([
    [403, 'forbidden', 'No access.', 'CLOUD_FORBIDDEN', true],
    [403, 'quota_exceeded', 'Too many apps.', 'CLOUD_QUOTA', true],
    [400, 'invalid', 'This exceeds the limit of the project.', 'CLOUD_QUOTA', true],
    [401, 'unauthorized', 'No.', 'CLOUD_FORBIDDEN', true],
    [409, 'resource_already_exists', 'There.', 'CLOUD_CONFLICT', true],
    [412, 'precondition_failed', 'Changed.', 'CLOUD_CONFLICT', true],
    [400, 'invalid_request', 'Wrong.', 'CLOUD_REFUSED', false],
    [422, 'invalid_request', 'Wrong.', 'CLOUD_REFUSED', false],
    [500, 'internal', 'Oh.', 'CLOUD_UNREACHABLE', false],
  ])(
    'of status %i %s names status, code, message and trace',
    async (status, code, message, expected, isUsers) => {
      const project = await answering(status, refusal(code, message));
      const error = await errorOf(project.get('app', 'events'));
      expect(error.code).toBe(expected);
      expect(error.isUserError).toBe(isUsers);
      expect(error.details).toEqual({
        resource: 'app events',
        received: `${status} ${code} ${message} (trace codeengine-api-1)`,
      });
    },
  );

  it('of another form tells how it begins, and the id of the request', async () => {
    const page = `<html>${'x'.repeat(1000)}`;
    const error = await errorOf((await answering(404, page)).list('app'));
    expect(error.code).toBe('CLOUD_NOT_FOUND');
    const refused = await errorOf((await answering(418, page)).list('app'));
    expect(refused.code).toBe('CLOUD_REFUSED');
    expect(refused.details.received).toMatch(/^418 <html>x{294} \(trace request-7\)$/);
  });

  it('names the field that the cloud does', async () => {
    const body = JSON.stringify({
      errors: [{ code: 'invalid', message: 'No.', target: { name: 'image_port' } }],
    });
    const error = await errorOf((await answering(400, body)).get('app', 'events'));
    expect(error.details.field).toBe('image_port');
  });

  it.each([
    ['no JSON', '<html>'],
    ['another shape', '{"name": 1}'],
  ])('of an answer that is %s says so', async (_, body) => {
    const error = await errorOf((await answering(200, body)).get('app', 'events'));
    expect(error).toMatchObject({ code: 'CLOUD_ANSWER_INVALID', details: { resource: 'app events' } });
  });

  it('of a key that IAM does not know is the user’s', async () => {
    const tokens = openIamTokens({ apiKey: 'wrong-key', endpoint: cloud.url });
    const error = await errorOf(tokens.token());
    expect(error).toMatchObject({ code: 'CLOUD_KEY_INVALID', isUserError: true });
    expect(error.message).toContain('BXNIM0415E');
    expect(error.message).not.toContain('wrong-key');
  });

  it('of a quota of the project says so', async () => {
    cloud.codeEngine.manners.quotas = { config_map: 1 };
    await cloud.project.create('config_map', { name: 'a' });
    const error = await errorOf(cloud.project.create('config_map', { name: 'b' }));
    expect(error).toMatchObject({ code: 'CLOUD_QUOTA', details: { resource: 'config map b' } });
  });
});

describe('a body that the API would refuse', () => {
  it('is not sent, and the error names its field', async () => {
    const { image_reference, ...rest } = { name: 'a', image_reference: 'icr.io/n/a:1', scale_cpu_limit: '1' };
    const missing = await errorOf(cloud.project.create('app', rest as never));
    expect(missing).toMatchObject({
      code: 'CLOUD_REFUSED',
      details: { resource: 'app a', path: 'image_reference' },
    });
    const wrongSize = { name: 'a', image_reference, scale_cpu_limit: '1', scale_memory_limit: '16G' };
    const size = await errorOf(cloud.project.create('app', wrongSize));
    expect(size.details).toMatchObject({ path: 'scale_memory_limit', received: '"16G"' });
    expect(size.details.expected).toContain('1 CPU with 2G or 4G or 8G');
    const unknown = await errorOf(cloud.project.update('app', 'a', '*', { cpu: 1 } as never));
    expect(unknown.details).toMatchObject({ path: 'cpu', expected: 'no such property' });
    expect(cloud.calls.log).toEqual([]);
  });

  it('is not shown when it is a secret', async () => {
    const secret = { name: 'a', format: 'hmac_auth', data: { access_key_id: 'a', secret: 'the-value' } };
    const error = await errorOf(cloud.project.create('secret', secret as never));
    expect(error.details.path).toBe('data.secret_access_key');
    expect(error.message).not.toContain('the-value');
  });
});

it('no value of a secret, no token and no key is in any error, though the cloud repeats them', async () => {
  const planted = ['planted-1', 'planted-2', 'eyJhbGci.eyJpc3Mi.b3RoZXI', 'eyJhbGci.eyJzdWIi.c2lnbmVk'];
  const body = refusal('invalid', `data is ${planted.join(' ')}`);
  for (const status of [400, 403, 409, 500, 200]) {
    const project = await answering(status, status === 200 ? JSON.stringify({ name: planted }) : body);
    const data = { one: planted[0]!, two: planted[1]! };
    const error = await errorOf(project.create('secret', { name: 'a', format: 'generic', data }));
    expect(error.message).toContain('secret a');
    for (const value of planted) expect(`${status} ${error.message} ${error.cause}`).not.toContain(value);
  }
});
