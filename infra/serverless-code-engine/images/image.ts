import type { Registry } from './registry.ts';

/** Names bytes by what they are: `sha256:<hex>` and their number. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A file of a layer. */
export interface ImageFile {
  /** Relative to the root of the image, with `/`, e.g. `main.js`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable?: boolean;
}

/** A config or layer: bytes of ours, or where a base image keeps them. */
export type ImageBlob = Descriptor &
  ({ readonly bytes: Uint8Array } | { readonly registry: Registry; readonly repository: string });

/** An image that is ready to be pushed. */
export interface BuiltImage {
  /** Of the manifest, which names config and layers by theirs. */
  readonly digest: string;
  readonly mediaType: string;
  /** The manifest as it is pushed, byte for byte. */
  readonly manifest: Uint8Array;
  readonly config: ImageBlob;
  readonly layers: readonly ImageBlob[];
}

/** An image of a registry for one platform, on which another layer can be put. */
export interface BaseImage extends BuiltImage {
  /** The text of the config. */
  readonly configuration: ImageConfiguration;
}

/** The part of an image configuration that is read and written; everything else of a base image is kept. */
export interface ImageConfiguration {
  readonly architecture: string;
  readonly os: string;
  readonly config?: {
    readonly User?: string;
    readonly Env?: readonly string[] | null;
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly ExposedPorts?: Readonly<Record<string, object>> | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
  readonly history?: readonly object[];
}
