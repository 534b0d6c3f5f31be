import * as z from 'zod';
import type { BuiltImage } from './image.ts';

const strings = z.array(z.string()).nullish();

/** The part of an image configuration that is read; everything else of it is kept as it is. */
export const configurationSchema = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  config: z
    .looseObject({ Env: strings, Entrypoint: strings, Cmd: strings, User: z.string().optional() })
    .optional(),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(z.string()) }),
  history: z.array(z.looseObject({})).optional(),
});

export type ImageConfiguration = z.infer<typeof configurationSchema>;

/** An image of a registry, on which another layer can be put. */
export interface BaseImage extends BuiltImage {
  readonly configuration: ImageConfiguration;
}
