import * as z from 'zod';
import { runKeys } from '../dataset/keys.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { readJson, writeJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** `runs/<run>/publisher.json`: which member's trainer publishes an ensemble. */
const claimSchema = z.object({
  /** Counts the publishers of the run; the newest one owns it. */
  epoch: z.int().min(1),
  member: z.int().min(0),
  attempt: z.int().min(1),
});

export interface PublicationClaim {
  /** @throws RUN_FENCED when another has taken the publication over */
  confirm(): Promise<void>;
}

/**
 * Claims the publication of a run whose members are all trained. Null when another has it: of members that end at the
 * same time one gets it.
 *
 * @param takeOver also from another, by one that was started because that other fell silent
 * @throws DOCUMENT_CORRUPT
 */
export async function claimPublication(
  store: ObjectStore,
  run: string,
  by: { readonly member: number; readonly attempt: number },
  takeOver: boolean,
): Promise<PublicationClaim | null> {
  const file = runKeys(run).publisher;
  const read = await readJson(store, file, claimSchema, 'DOCUMENT_CORRUPT');
  if (read !== null && !takeOver) return null;
  const claim = { epoch: (read?.value.epoch ?? 0) + 1, ...by };
  const written = await writeJson(
    store,
    file,
    claim,
    read === null ? { ifAbsent: true } : { ifMatch: read.etag },
  );
  if (!written.written) return null;
  return {
    async confirm() {
      if ((await store.head(file))?.etag !== written.etag) throw new EarshotError('RUN_FENCED', { file });
    },
  };
}
