import { createHash } from 'node:crypto';
import type { Registry } from './registry.ts';

/** Names bytes by what they are. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:<hex>` */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** A config or layer: bytes of ours, or where a base image keeps them. */
export type ImageBlob = Descriptor &
  ({ readonly bytes: Uint8Array } | { readonly registry: Registry; readonly repository: string });

/** An image that can be pushed. */
export interface BuiltImage {
  /** Of the manifest, which names config and layers by theirs: the same digest, the same image. */
  readonly digest: string;
  readonly mediaType: string;
  /** As it is pushed, byte for byte. */
  readonly manifest: Uint8Array;
  readonly config: ImageBlob;
  readonly layers: readonly ImageBlob[];
}

/** The media types of the two families; registries want no mixture in one image. */
export interface MediaTypes {
  readonly manifest: string;
  readonly index: string;
  readonly config: string;
  readonly layer: string;
}

export const dockerTypes: MediaTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

export const ociTypes: MediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** The one platform of Code Engine. */
export const platform = { os: 'linux', architecture: 'amd64' } as const;

/** When every layer of ours was made: the time would change the digest. */
export const created = '1970-01-01T00:00:00Z';

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Puts config and layers under a manifest. */
export function imageOf(types: MediaTypes, config: object, layers: readonly ImageBlob[]): BuiltImage {
  const configBytes = Buffer.from(JSON.stringify(config));
  const configBlob = { ...descriptorOf(configBytes, types.config), bytes: configBytes };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: plain(configBlob),
      layers: layers.map(plain),
    }),
  );
  const { digest, mediaType } = descriptorOf(manifest, types.manifest);
  return { digest, mediaType, manifest, config: configBlob, layers };
}

export function descriptorOf(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

const plain = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });
