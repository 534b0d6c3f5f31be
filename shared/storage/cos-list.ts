import { storeError } from './cos-errors.ts';
import { type CosBucket, unquote } from './cos-read.ts';
import { send } from './cos-request.ts';
import type { ObjectInfo } from './object-store.ts';

/** Every object whose key begins with `prefix`, page by page, in the order of the store: of the UTF-8 bytes. */
export async function* listObjects({ client, name }: CosBucket, prefix: string): AsyncGenerator<ObjectInfo> {
  let token: string | undefined;
  do {
    const { data, error } = await send(
      client.listObjectsV2({
        Bucket: name,
        Prefix: prefix,
        // Without it a key with a control character makes the whole page unreadable.
        EncodingType: 'url',
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    if (error !== null) throw storeError(error, 'listObjectsV2', prefix);
    for (const { Key, ETag, Size, LastModified } of data.Contents ?? []) {
      yield {
        key: decodeKey(Key ?? ''),
        etag: unquote(ETag ?? ''),
        size: Size ?? 0,
        lastModified: LastModified ?? new Date(0),
      };
    }
    token = data.IsTruncated === true ? data.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** Stores write a space as `+` or as `%20`, and a plus always as `%2B`. */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}
