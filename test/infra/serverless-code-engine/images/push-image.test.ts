import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeBundleImage } from '../../../../infra/serverless-code-engine/images/code-bundle-image.ts';
import { pushImage } from '../../../../infra/serverless-code-engine/images/push-image.ts';
import { openRegistry } from '../../../../infra/serverless-code-engine/images/registry.ts';
import {
  type Behaviour,
  type ProtocolRegistry,
  startProtocolRegistry,
} from '../../../fixtures/registry/protocol-registry.ts';

function bytesThatDoNotShrink(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state >> 12;
  });
}

const image = codeBundleImage([
  { path: 'main.js', bytes: Buffer.from('exports.main = async () => ({ statusCode: 200 });') },
  { path: 'data.bin', bytes: bytesThatDoNotShrink(3000) },
]);
const password = 'planted-password-1';
const text = `iamapikey:${password}`;
const repository = 'team/earshot-infer';

let registry: ProtocolRegistry;
let waits: number[];
beforeEach(async () => {
  registry = await startProtocolRegistry();
  waits = [];
});
afterEach(() => registry.close());

function push(behaviour: Behaviour = {}, chunkBytes?: number) {
  registry.behaviour = behaviour;
  const opened = openRegistry({
    host: registry.host,
    scheme: 'http',
    credentials: { username: 'iamapikey', password },
    wait: async (ms) => waits.push(ms),
  });
  return pushImage(opened, repository, 'prod', image, chunkBytes === undefined ? {} : { chunkBytes });
}

const layer = image.layers[0]!;
const pushedLayer = () => registry.contents.blobs.get(`${repository}@${layer.digest}`);
const isChunk = (method: string) => method === 'PATCH' || method === 'PUT';

describe('pushing an image', () => {
  it('sends what the registry does not have, and names the image by its digest', async () => {
    const pushed = await push();
    expect(pushed).toEqual({
      reference: `${registry.host}/${repository}:prod@${image.digest}`,
      pushed: true,
    });
    expect(registry.contents.manifests.get(`${repository}:prod`)?.bytes).toEqual(image.manifest);
    expect(Buffer.compare(pushedLayer()!, 'bytes' in layer ? layer.bytes : Buffer.alloc(0))).toBe(0);
  });

  it.each([{}, { simple: true }])(
    'sends nothing when the tag names these bytes already: %j',
    async (kind) => {
      await push();
      registry.asked();
      expect((await push(kind)).pushed).toBe(false);
      expect(registry.asked().filter((asked) => !/^(HEAD|GET) manifests\/prod$/.test(asked))).toEqual([]);
    },
  );

  it('sends only the manifest when config and layers are there', async () => {
    await push();
    registry.contents.manifests.clear();
    registry.asked();
    expect((await push()).pushed).toBe(true);
    expect(registry.asked().filter((asked) => !asked.startsWith('HEAD'))).toEqual(['PUT manifests/prod']);
  });

  it('keeps the query of the place that the registry gives for an upload, in all chunks', async () => {
    await push({}, 700);
    expect(pushedLayer()?.length).toBe(layer.size);
    const chunks = registry.seen.filter(({ method, url }) => isChunk(method) && url.includes('uploads'));
    expect(chunks.map(({ url }) => url).every((url) => url.includes('?_state=a%2Fb~(c)%20d'))).toBe(true);
    expect(chunks.length).toBe(1 + Math.ceil(layer.size / 700));
  });
});

describe('the keys of a registry', () => {
  it('gets a token of the service that the registry names, once, and uses it for all', async () => {
    await push({ credentials: { scheme: 'bearer', text } });
    expect(registry.seen.filter(({ url }) => url.startsWith('/token'))).toHaveLength(1);
    expect(pushedLayer()).toBeDefined();
  });

  it('gets another token when the first has run out', async () => {
    let asked = 0;
    const fault: Behaviour['fault'] = ({ method, url }) => {
      if (method !== 'POST' || asked++ > 0) return undefined;
      const realm = `http://${registry.host}/token`;
      const challenge = `Bearer realm="${realm}",service="registry, of tests",scope="x"`;
      return { status: 401, headers: { 'www-authenticate': challenge }, body: url };
    };
    await push({ credentials: { scheme: 'bearer', text }, fault });
    expect(registry.seen.filter(({ url }) => url.startsWith('/token')).length).toBeGreaterThan(1);
    expect(pushedLayer()).toBeDefined();
  });

  it('sends user and password to a registry that asks for Basic', async () => {
    await push({ credentials: { scheme: 'basic', text } });
    expect(pushedLayer()).toBeDefined();
  });

  it.each(['basic', 'bearer'] as const)('refused by %s are REGISTRY_DENIED', async (scheme) => {
    const denied = push({ credentials: { scheme, text: 'iamapikey:another' } });
    await expect(denied).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  });

  it('do not go to a token service over http when the registry is spoken to over https', async () => {
    const { RegistryKeys } = await import('../../../../infra/serverless-code-engine/images/registry-keys.ts');
    const keys = new RegistryKeys({ username: 'iamapikey', password }, 'https');
    const challenge = `Bearer realm="http://${registry.host}/token",service="registry, of tests"`;
    await expect(keys.answer(challenge, 'repository:a:pull')).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
    });
    expect(registry.seen).toEqual([]);
  });

  it('do not go to another host that uploads are sent to', async () => {
    const other = await startProtocolRegistry();
    // The two hold the same uploads.
    const fault: Behaviour['fault'] = ({ method, url }) =>
      isChunk(method)
        ? { status: url.includes('digest=') ? 201 : 202, headers: { location: url } }
        : undefined;
    other.behaviour = { fault };
    try {
      const credentials = { scheme: 'basic', text } as const;
      // This one then misses the blobs, as they went elsewhere.
      const pushing = push({ credentials, uploadsAt: `http://${other.host}` });
      await expect(pushing).rejects.toThrow('MANIFEST_BLOB_UNKNOWN');
      expect(other.seen.length).toBeGreaterThan(0);
      expect(other.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('are in no error, whatever the registry echoes', async () => {
    const fault: Behaviour['fault'] = ({ method, authorization = '' }) =>
      method === 'POST'
        ? {
            status: 403,
            body: JSON.stringify({ errors: [{ code: 'DENIED', message: `${authorization} ${text}` }] }),
          }
        : undefined;
    const error: Error = await push({ credentials: { scheme: 'basic', text }, fault }).catch(
      (thrown) => thrown,
    );
    expect(error.message).toContain('DENIED');
    const told = `${error.message} ${error.stack} ${JSON.stringify(error)}`;
    for (const secret of [password, Buffer.from(text).toString('base64')]) expect(told).not.toContain(secret);
  });
});

describe('a registry in trouble', () => {
  it.each(['cut', 'lose'] as const)('an upload whose connection is %s goes on', async (kind) => {
    let faults = 0;
    const fault: Behaviour['fault'] = ({ method, url }) =>
      isChunk(method) && url.includes('uploads') && ++faults % 3 === 1 ? kind : undefined;
    await push({ fault }, 1000);
    expect(pushedLayer()?.length).toBe(layer.size);
    expect(waits.length).toBeGreaterThan(1);
  });

  it('sends again only what the registry does not have of a broken upload', async () => {
    let cut = false;
    const fault: Behaviour['fault'] = ({ method, bytes }) => {
      if (cut || method !== 'PATCH' || bytes !== 1000) return undefined;
      cut = true;
      return 'cut';
    };
    await push({ fault }, 1000);
    const ranges = registry.seen.filter(({ method }) => method === 'PATCH').map(({ range }) => range);
    expect(ranges.slice(0, 2)).toEqual(['0-999', '500-1499']);
  });

  it('begins an upload anew that the registry has forgotten', async () => {
    let forgotten = 0;
    const fault: Behaviour['fault'] = ({ method, url }) =>
      isChunk(method) && url.includes('uploads') && ++forgotten === 2
        ? { status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":""}]}' }
        : undefined;
    await push({ fault }, 1000);
    expect(pushedLayer()?.length).toBe(layer.size);
  });

  it('waits as long as it asks for, and longer after each failure', async () => {
    const answers = [{ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { status: 502 }];
    await push({ fault: () => answers.shift() });
    expect(waits).toEqual([7000, 1000, 2000]);
  });

  it('that stays away is REGISTRY_UNREACHABLE after five attempts', async () => {
    await expect(push({ fault: () => ({ status: 503 }) })).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      details: { received: '503' },
    });
    expect(registry.seen).toHaveLength(5);
  });

  it('that refuses the bytes is REGISTRY_FAILED with what it said, at once', async () => {
    const refused = { status: 400, body: '{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}' };
    const fault: Behaviour['fault'] = ({ url }) => (url.includes('digest=') ? refused : undefined);
    await expect(push({ fault })).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
      details: { received: '400 DIGEST_INVALID: no' },
    });
    expect(waits).toEqual([]);
  });

  it('that stores another manifest than it was sent is IMAGE_DAMAGED', async () => {
    const fault: Behaviour['fault'] = ({ method, url }) =>
      method === 'PUT' && url.includes('manifests')
        ? { status: 201, headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } }
        : undefined;
    await expect(push({ fault })).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
  });
});
