import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { type BuiltImage, digestOf } from './image.ts';
import type { Registry } from './registry.ts';
import { type Place, uploadBlob } from './upload-blob.ts';

export interface PushedImage {
  /** `<host>/<repository>:<tag>@<digest>`: what runs is what was built, whoever moves the tag. */
  readonly reference: string;
  /** False when the tag already named these very bytes. */
  readonly pushed: boolean;
}

/** Blobs that are carried at once. */
const uploadsAtOnce = 3;

/**
 * Makes `<repository>:<tag>` of a registry be the image; what the registry has is not sent.
 * @throws REGISTRY_DENIED, REGISTRY_UNREACHABLE, REGISTRY_FAILED, IMAGE_DAMAGED
 */
export async function pushImage(
  registry: Registry,
  repository: string,
  tag: string,
  image: BuiltImage,
  options: Pick<Place, 'chunkBytes'> = {},
): Promise<PushedImage> {
  const reference = `${registry.host}/${repository}:${tag}@${image.digest}`;
  const manifestAt = { repository, at: `manifests/${tag}`, access: 'pull,push' } as const;
  const asked = { ...manifestAt, headers: { accept: image.mediaType }, expected: [200, 404] };
  const { status, headers: known } = await registry.ask({ ...asked, method: 'HEAD' });
  if (status === 200) {
    // Not every registry says the digest.
    const digest =
      known.get('docker-content-digest') ?? digestOf((await registry.ask({ ...asked, method: 'GET' })).body);
    if (digest === image.digest) return { reference, pushed: false };
  }
  const place = { registry, repository, ...options };
  const waiting = [image.config, ...image.layers].values();
  const uploads = Array.from({ length: uploadsAtOnce }, async () => {
    for (const blob of waiting) await uploadBlob(place, blob);
  });
  // Every upload has ended before a failure is told: nothing is sent after that.
  const failure = (await Promise.allSettled(uploads)).find((ended) => ended.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  const { headers } = await registry.ask({
    ...manifestAt,
    method: 'PUT',
    headers: { 'content-type': image.mediaType },
    body: image.manifest,
    expected: [201],
  });
  const received = headers.get('docker-content-digest') ?? image.digest;
  if (received !== image.digest) {
    throw new EarshotError('IMAGE_DAMAGED', { file: reference, expected: image.digest, received });
  }
  return { reference, pushed: true };
}
