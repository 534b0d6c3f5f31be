import { createHash } from 'node:crypto';
import type { Receipt } from '../dataset/documents.ts';
import { quarantineKey, quarantineReasonsKey } from '../dataset/keys.ts';
import { encodeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Quarantine } from './receipt-builder.ts';

/** The two objects of a quarantine as they are written, and what the receipt says of them. */
export interface EncodedQuarantine {
  readonly file: Uint8Array;
  readonly reasons: Uint8Array;
  readonly named: Omit<Receipt['quarantined'], 'records'>;
}

/** Null, and named by nobody, when there are no bad records. */
export function encodeQuarantine(source: string, content: Quarantine | null): EncodedQuarantine | null {
  if (content === null) return null;
  const reasons = encodeJson({ source, ...content.reasons });
  const sha256 = { file: sha256Of(content.file), reasons: sha256Of(reasons) };
  return { file: content.file, reasons, named: { key: quarantineKey(source), sha256 } };
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function writeQuarantine(
  store: ObjectStore,
  source: string,
  { file, reasons }: EncodedQuarantine,
): Promise<void> {
  await store.put(quarantineKey(source), file);
  await store.put(quarantineReasonsKey(source), reasons, { contentType: 'application/json' });
}

export async function removeQuarantine(store: ObjectStore, source: string): Promise<void> {
  await Promise.all([store.delete(quarantineKey(source)), store.delete(quarantineReasonsKey(source))]);
}

/** Whether what a receipt says is in quarantine is there: a validation that was killed may not have come to it. */
export async function holdsQuarantine(
  store: ObjectStore,
  { source, quarantined }: Receipt,
): Promise<boolean> {
  if (quarantined.sha256 === null) return true;
  const { file, reasons } = quarantined.sha256;
  return (
    (await isObject(store, quarantineReasonsKey(source.key), reasons)) &&
    (await isObject(store, quarantineKey(source.key), file))
  );
}

async function isObject(store: ObjectStore, key: string, sha256: string): Promise<boolean> {
  const object = await store.stream(key);
  if (object === null) return false;
  const hash = createHash('sha256');
  for await (const chunk of object.chunks) hash.update(chunk);
  return hash.digest('hex') === sha256;
}
