import { randomUUID } from 'node:crypto';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ObjectStore, WriteOptions } from './object-store.ts';

/** An ETag that no object has. */
const noVersion = '00000000000000000000000000000000';

/**
 * Makes sure that the store honours `If-None-Match: *` and `If-Match` on writes, on which the whole pipeline
 * relies. Writes below `probeKey`, at a key of its own, and removes it again.
 *
 * @throws EarshotError STORE_NOT_CONDITIONAL, and those of the store
 */
export async function assertConditionalWrites(store: ObjectStore, probeKey: string): Promise<void> {
  const key = `${probeKey}.${randomUUID()}`;
  const attempt = async (content: string, options: WriteOptions, expected: boolean): Promise<string> => {
    const result = await store.put(key, Buffer.from(content), options);
    if (result.written === expected) return result.written ? result.etag : '';
    const condition = options.ifAbsent === true ? 'If-None-Match: *' : `If-Match: ${options.ifMatch}`;
    throw new EarshotError('STORE_NOT_CONDITIONAL', {
      file: key,
      field: condition,
      expected: expected ? 'the write to be made' : 'the write to be refused (412)',
      received: expected ? 'a refusal' : 'a write',
    });
  };
  try {
    const first = await attempt('first', { ifAbsent: true }, true);
    await attempt('second', { ifAbsent: true }, false);
    await attempt('third', { ifMatch: noVersion }, false);
    const second = await attempt('fourth', { ifMatch: first }, true);
    await attempt('fifth', { ifMatch: first }, false);
    const found = await store.get(key);
    const text = found === null ? 'nothing' : Buffer.from(found.bytes).toString();
    if (text === 'fourth' && found?.info.etag === second) return;
    throw new EarshotError('STORE_NOT_CONDITIONAL', {
      file: key,
      expected: 'the last write made',
      received: text,
    });
  } finally {
    await store.delete(key);
  }
}
