import type { BaseImage } from './base-image.ts';
import { type BuiltImage, created, dockerTypes, imageOf, ociTypes } from './image.ts';
import { layerOf } from './layer.ts';
import type { ImageFile } from './tar-archive.ts';

/** What runs on a base image. */
export interface AppContents {
  readonly base: BaseImage;
  readonly files: readonly ImageFile[];
  readonly entrypoint: readonly string[];
  /** Beside those of the base image. Images can be read by many: nothing secret. */
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** `<uid>:<gid>`; the base image's when absent. */
  readonly user?: string;
  readonly port?: number;
}

/** A base image with one layer of ours above its own, and how it starts. */
export function appImage({ base, files, ...start }: AppContents): BuiltImage {
  const types = base.mediaType === dockerTypes.manifest ? dockerTypes : ociTypes;
  const { blob, diffId } = layerOf(files, types.layer);
  const { config = {}, rootfs, history, ...rest } = base.configuration;
  // The base image's command would become arguments of our program.
  const { Cmd: _, ...kept } = config;
  return imageOf(
    types,
    {
      ...rest,
      config: {
        ...kept,
        Env: mergedEnv(config.Env ?? [], start.env ?? {}),
        Entrypoint: start.entrypoint,
        ...(start.workingDir === undefined ? {} : { WorkingDir: start.workingDir }),
        ...(start.user === undefined ? {} : { User: start.user }),
        ...(start.port === undefined ? {} : { ExposedPorts: { [`${start.port}/tcp`]: {} } }),
      },
      rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, diffId] },
      // Tells one story a layer, or none.
      ...(history === undefined
        ? {}
        : { history: [...history, { created, created_by: 'serverless deploy' }] }),
    },
    [...base.layers, blob],
  );
}

/** `NAME=value`, ours in the place of the base image's of the same name. */
function mergedEnv(base: readonly string[], ours: Readonly<Record<string, string>>): string[] {
  const kept = base.filter((line) => !Object.hasOwn(ours, line.slice(0, line.indexOf('='))));
  const names = Object.keys(ours).sort();
  return [...kept, ...names.map((name) => `${name}=${ours[name]}`)];
}
