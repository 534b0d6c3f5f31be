import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type BuiltImage, created, dockerTypes, imageOf, platform } from './image.ts';
import { layerOf } from './layer.ts';
import type { ImageFile } from './tar-archive.ts';

/** Compressed; Code Engine's limit (limits.md, 2025-12-12). */
const usualMaxBytes = 200 * 1024 ** 2;

/**
 * The image that a Code Engine function takes its code from: `FROM scratch` with one layer, whose files lie at the root
 * (IBM/CodeEngine, "Creating a function code bundle FROM scratch").
 *
 * @param files `main.js` in CommonJS, a `package.json` without `"type": "module"`, and what main.js reads
 * @throws IMAGE_TOO_LARGE
 */
export function codeBundleImage(files: readonly ImageFile[], maxBytes = usualMaxBytes): BuiltImage {
  const { blob, diffId } = layerOf(files, dockerTypes.layer);
  if (blob.size > maxBytes) {
    throw new EarshotError('IMAGE_TOO_LARGE', {
      expected: `a code bundle of at most ${maxBytes} bytes`,
      received: `${blob.size} bytes`,
    });
  }
  return imageOf(
    dockerTypes,
    { ...platform, created, config: {}, rootfs: { type: 'layers', diff_ids: [diffId] } },
    [blob],
  );
}
