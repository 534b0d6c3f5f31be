import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appImage } from '../../../../infra/serverless-code-engine/images/app-image.ts';
import {
  dockerTypes,
  type MediaTypes,
  ociTypes,
} from '../../../../infra/serverless-code-engine/images/image.ts';
import { pullManifest } from '../../../../infra/serverless-code-engine/images/pull-manifest.ts';
import { pushImage } from '../../../../infra/serverless-code-engine/images/push-image.ts';
import { openRegistry } from '../../../../infra/serverless-code-engine/images/registry.ts';
import {
  type ProtocolRegistry,
  startProtocolRegistry,
} from '../../../fixtures/registry/protocol-registry.ts';

const repository = 'library/node';
const layerBytes = Buffer.from(Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) >> 2));

let registry: ProtocolRegistry;
beforeEach(async () => {
  registry = await startProtocolRegistry();
});
afterEach(() => registry.close());

const open = (host = registry.host) => openRegistry({ host, scheme: 'http', wait: async () => {} });
const pull = (reference = '22') => pullManifest(open(), repository, reference);

function putBase(types: MediaTypes, change: object = {}, tag = '22') {
  const { contents } = registry;
  const config = {
    architecture: 'amd64',
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: { Env: ['PATH=/usr/bin', 'NODE_VERSION=22'], Cmd: ['node'], Entrypoint: ['entry.sh'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${'1'.repeat(64)}`] },
    history: [{ created_by: 'base' }],
    ...change,
  };
  return contents.put(repository, tag, types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: contents.putBlob(repository, types.config, config),
    layers: [contents.putBlob(repository, types.layer, layerBytes)],
  });
}

function putIndex(...platforms: [string, string][]) {
  const manifests = platforms.map(([os, architecture]) => ({
    mediaType: ociTypes.manifest,
    size: 1,
    digest: putBase(ociTypes, { os, architecture }, `${os}-${architecture}`),
    platform: { os, architecture },
  }));
  registry.contents.put(repository, '22', ociTypes.index, { schemaVersion: 2, manifests });
}

describe('a base image', () => {
  it('is that for linux/amd64 of an image for many platforms', async () => {
    putIndex(['linux', 'arm64'], ['unknown', 'unknown'], ['linux', 'amd64']);
    expect((await pull()).configuration).toMatchObject({ os: 'linux', architecture: 'amd64' });
  });

  it('has to be for linux/amd64', async () => {
    putIndex(['linux', 'arm64'], ['windows', 'amd64']);
    await expect(pull()).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      details: { field: 'platform', received: 'linux/arm64, windows/amd64' },
    });
    await expect(pull('linux-arm64')).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
  });

  it('that does not exist is IMAGE_MISSING', async () => {
    await expect(pull('23')).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      details: { file: `${registry.host}/library/node:23` },
    });
  });

  it('of the old format, and what is no manifest, is IMAGE_UNSUPPORTED', async () => {
    registry.contents.put(repository, '22', 'application/vnd.docker.distribution.manifest.v1+prettyjws', {});
    await expect(pull()).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    registry.contents.put(repository, '22', ociTypes.manifest, { schemaVersion: 2, layers: 'none' });
    await expect(pull()).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
  });

  it('whose config or manifest has other bytes than its digest promises is IMAGE_DAMAGED', async () => {
    const digest = putBase(ociTypes);
    const { manifests, blobs } = registry.contents;
    const { config } = await pull();
    blobs.set(`${repository}@${config.digest}`, Buffer.from('{}'));
    await expect(pull()).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
    manifests.set(`${repository}:${digest}`, { type: ociTypes.manifest, bytes: Buffer.from('{}') });
    await expect(pull(digest)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
  });
});

describe('the image of an app', () => {
  const contents = {
    files: [{ path: 'app/main.js', bytes: Buffer.from('run()') }],
    entrypoint: ['node', '/app/main.js'],
    env: { NODE_VERSION: '23', NODE_ENV: 'production' },
    workingDir: '/app',
    user: '1000:1000',
    port: 8080,
  };

  it.each([
    ['docker', dockerTypes],
    ['OCI', ociTypes],
  ])('is its base and one layer, in the format of the base: %s', async (_, types) => {
    putBase(types);
    const base = await pull();
    const image = appImage({ base, ...contents });
    const [below, ours] = image.layers;
    const manifest = JSON.parse(Buffer.from(image.manifest).toString());
    const config = JSON.parse(Buffer.from(bytesOf(image.config)).toString());
    expect(manifest.mediaType).toBe(types.manifest);
    expect(manifest.layers.map(({ mediaType }: { mediaType: string }) => mediaType)).toEqual([
      types.layer,
      types.layer,
    ]);
    expect(below!.digest).toBe(base.layers[0]!.digest);
    expect(gunzipSync(bytesOf(ours!)).includes('run()')).toBe(true);
    expect(config).toMatchObject({ architecture: 'amd64', created: '2026-01-01T00:00:00Z' });
    expect(config.config).toEqual({
      Env: ['PATH=/usr/bin', 'NODE_ENV=production', 'NODE_VERSION=23'],
      Entrypoint: ['node', '/app/main.js'],
      WorkingDir: '/app',
      User: '1000:1000',
      ExposedPorts: { '8080/tcp': {} },
    });
    expect(config.rootfs.diff_ids).toHaveLength(2);
    expect(config.history).toHaveLength(2);
  });

  it('takes the layers of its base from there in ranges, whole from a registry without ranges', async () => {
    putBase(ociTypes);
    for (const simple of [false, true]) {
      const target = await startProtocolRegistry();
      registry.behaviour = { simple };
      registry.asked();
      const image = appImage({ base: await pull(), ...contents });
      await pushImage(open(target.host), 'team/events', 'prod', image, { chunkBytes: 2000 });
      const { digest } = image.layers[0]!;
      expect(target.contents.blobs.get(`team/events@${digest}`)).toEqual(layerBytes);
      const read = registry.asked().filter((asked) => asked === `GET blobs/${digest.slice(0, 13)}`);
      expect(read).toHaveLength(simple ? 1 : 3);
      await target.close();
    }
  });

  it('lets its registry mount the layers of a base that it has, and carries no byte of them', async () => {
    putBase(ociTypes);
    const image = appImage({ base: await pull(), ...contents });
    registry.asked();
    await pushImage(open(), 'team/events', 'prod', image);
    const { digest } = image.layers[0]!;
    expect(registry.contents.blobs.has(`team/events@${digest}`)).toBe(true);
    expect(registry.asked()).not.toContain(`GET blobs/${digest.slice(0, 13)}`);
  });

  it('takes layers that its registry keeps on another host from there, without the key', async () => {
    const digest = putBase(ociTypes);
    const credentials = { username: 'iamapikey', password: 'planted-password-1' };
    const keeper = await startProtocolRegistry();
    const target = await startProtocolRegistry();
    for (const [name, bytes] of registry.contents.blobs) keeper.contents.blobs.set(name, bytes);
    registry.behaviour = {
      credentials: { scheme: 'basic', text: 'iamapikey:planted-password-1' },
      fault: ({ method, url, authorization }) =>
        method === 'GET' && url.includes('/blobs/') && authorization !== undefined
          ? { status: 307, headers: { location: `http://${keeper.host}${url}` } }
          : undefined,
    };
    const opened = openRegistry({ host: registry.host, scheme: 'http', credentials });
    const image = appImage({ base: await pullManifest(opened, repository, digest), ...contents });
    await pushImage(open(target.host), 'team/events', 'prod', image, { chunkBytes: 2000 });
    expect(target.contents.blobs.get(`team/events@${image.layers[0]!.digest}`)).toEqual(layerBytes);
    expect(keeper.seen.map(({ range }) => range)).toContain('bytes=2000-3999');
    expect(keeper.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    await Promise.all([keeper.close(), target.close()]);
  });

  it('of a layer that its registry cuts short is IMAGE_DAMAGED', async () => {
    putBase(ociTypes);
    const image = appImage({ base: await pull(), ...contents });
    registry.contents.blobs.set(`${repository}@${image.layers[0]!.digest}`, layerBytes.subarray(0, 100));
    const target = await startProtocolRegistry();
    const pushing = pushImage(open(target.host), 'team/events', 'prod', image);
    await expect(pushing).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
    await target.close();
  });
});

function bytesOf(blob: object): Uint8Array {
  if ('bytes' in blob) return blob.bytes as Uint8Array;
  throw new Error('the bytes are in a registry');
}
