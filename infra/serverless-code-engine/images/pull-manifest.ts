import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';
import { type BaseImage, configurationSchema } from './base-image.ts';
import { type Descriptor, digestOf, dockerTypes, ociTypes, platform } from './image.ts';
import type { Registry } from './registry.ts';

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a sha256 digest'),
  size: z.int().min(0),
});

const indexSchema = z.object({
  manifests: z.array(
    z.object({
      ...descriptorSchema.shape,
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
    }),
  ),
});

const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).min(1),
});

const indexTypes = [ociTypes.index, dockerTypes.index];
const manifestTypes = [ociTypes.manifest, dockerTypes.manifest];

/** What a request for a manifest accepts, of one platform or of many. */
export const acceptedManifests = [...indexTypes, ...manifestTypes].join(', ');
/** What registries allow for a manifest. */
const maxConfigBytes = 4 * 1024 * 1024;

/**
 * Reads manifest and configuration of an image; of one for many platforms that for linux/amd64.
 * @param reference tag or digest
 * @throws IMAGE_MISSING, IMAGE_UNSUPPORTED, IMAGE_DAMAGED, REGISTRY_DENIED, REGISTRY_UNREACHABLE, REGISTRY_FAILED
 */
export async function pullManifest(
  registry: Registry,
  repository: string,
  reference: string,
): Promise<BaseImage> {
  const name = `${registry.host}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  const { type, bytes: manifest } = await pullOne(registry, repository, reference, name);
  if (indexTypes.includes(type)) {
    return pullManifest(registry, repository, digestForPlatform(manifest, name));
  }
  if (!manifestTypes.includes(type)) {
    throw unsupported(name, 'mediaType', manifestTypes.join(' or '), type);
  }
  const { config, layers } = parsed(manifestSchema, manifest, name);
  const place = { registry, repository };
  const bytes = await pullConfig(registry, repository, config, name);
  const configuration = parsed(configurationSchema, bytes, name);
  const { os, architecture, rootfs } = configuration;
  if (os !== platform.os || architecture !== platform.architecture) {
    throw unsupported(name, 'platform', platformText(platform), platformText(configuration));
  }
  if (rootfs.diff_ids.length !== layers.length) {
    throw unsupported(name, 'rootfs', `${layers.length} layers`, `${rootfs.diff_ids.length}`);
  }
  return {
    digest: digestOf(manifest),
    mediaType: type,
    manifest,
    config: { ...config, ...place },
    layers: layers.map((layer) => ({ ...layer, ...place })),
    configuration,
  };
}

async function pullOne(registry: Registry, repository: string, reference: string, name: string) {
  const { status, headers, body } = await registry.ask({
    method: 'GET',
    repository,
    at: `manifests/${reference}`,
    access: 'pull',
    headers: { accept: acceptedManifests },
    expected: [200, 404],
  });
  if (status === 404) throw new EarshotError('IMAGE_MISSING', { file: name });
  if (reference.includes(':')) expectDigest(body, reference, name);
  return { type: (headers.get('content-type') ?? '').split(';')[0]!, bytes: body };
}

async function pullConfig(registry: Registry, repository: string, config: Descriptor, name: string) {
  if (config.size > maxConfigBytes) {
    throw unsupported(name, 'config', `at most ${maxConfigBytes} bytes`, `${config.size} bytes`);
  }
  const at = `blobs/${config.digest}`;
  const { body } = await registry.ask({ method: 'GET', repository, at, access: 'pull', expected: [200] });
  expectDigest(body, config.digest, name);
  return body;
}

function digestForPlatform(index: Uint8Array, name: string): string {
  const { manifests } = parsed(indexSchema, index, name);
  const found = manifests.find(
    ({ platform: one }) => one?.os === platform.os && one.architecture === platform.architecture,
  );
  if (found !== undefined) return found.digest;
  const others = manifests.flatMap(({ platform: one }) => (one === undefined ? [] : [platformText(one)]));
  throw unsupported(name, 'platform', platformText(platform), others.join(', ') || 'none');
}

function parsed<S extends z.ZodType>(schema: S, bytes: Uint8Array, name: string): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw unsupported(name, 'manifest', 'JSON', `${bytes.length} bytes of something else`);
  }
  return parseWithSchema(schema, json, 'IMAGE_UNSUPPORTED', { file: name });
}

function expectDigest(bytes: Uint8Array, expected: string, file: string): void {
  const received = digestOf(bytes);
  if (received !== expected) throw new EarshotError('IMAGE_DAMAGED', { file, expected, received });
}

const platformText = ({ os, architecture }: { os: string; architecture: string }) => `${os}/${architecture}`;

const unsupported = (file: string, field: string, expected: string, received: string) =>
  new EarshotError('IMAGE_UNSUPPORTED', { file, field, expected, received });
