import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { ImageBlob } from './image.ts';

/** Gives the bytes from `start` to before `end`. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

/**
 * The bytes of a config or layer, part by part: a large layer of a base image passes through without being held whole.
 * The registry that takes them checks the digest.
 * @throws IMAGE_DAMAGED when there are not as many as promised, and those of the registry that has them
 */
export function bytesOf(blob: ImageBlob): ReadBytes {
  if ('bytes' in blob) return async (start, end) => blob.bytes.subarray(start, end);
  const { registry, repository, digest, size } = blob;
  let whole: Uint8Array | undefined;
  return async (start, end) => {
    if (start === end) return new Uint8Array(0);
    if (whole !== undefined) return whole.subarray(start, end);
    const { status, body } = await registry.ask({
      method: 'GET',
      repository,
      at: `blobs/${digest}`,
      access: 'pull',
      headers: start === 0 && end === size ? {} : { range: `bytes=${start}-${end - 1}` },
      expected: [200, 206],
    });
    const promised = status === 200 ? size : end - start;
    if (body.length !== promised) {
      throw new EarshotError('IMAGE_DAMAGED', {
        file: `${registry.host}/${repository}@${digest}`,
        expected: `${promised} bytes`,
        received: `${body.length} bytes`,
      });
    }
    // A registry that does not know ranges sends everything; once is enough.
    if (status === 206) return body;
    whole = body;
    return whole.subarray(start, end);
  };
}
