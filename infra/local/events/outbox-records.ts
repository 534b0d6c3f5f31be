import * as z from 'zod';
import type { ObjectNotice } from '../object-store/start-object-store.ts';

export const deadLetterSchema = z.object({
  functionName: z.string(),
  key: z.string(),
  operation: z.enum(['write', 'delete']),
  /** How often it was tried. */
  attempts: z.int(),
  /** Of the last attempt. */
  reason: z.string(),
  /** When it was given up, ISO 8601. */
  time: z.string(),
});
/** A delivery that was given up; the sweep finds what it was about, and it can be replayed. */
export type DeadLetter = z.infer<typeof deadLetterSchema>;

const noticeSchema = z.object({
  operation: z.enum(['write', 'delete']),
  bucket: z.string(),
  key: z.string(),
  etag: z.string().nullable(),
  size: z.number().nullable(),
  contentType: z.string().nullable(),
  requestId: z.string(),
  /** Milliseconds since 1970. */
  time: z.number(),
});

/** The lines of the journal of events. */
const recordSchema = z.discriminatedUnion('is', [
  /** A change is about to be made that these functions are told of. */
  z.object({ is: z.literal('due'), id: z.string(), to: z.array(z.string()), notice: noticeSchema }),
  /** This function need not be told any more; `answered`: because it has been, and all is well. */
  z.object({ is: z.literal('settled'), id: z.string(), to: z.string(), answered: z.boolean() }),
  /** This function could not be told. The line that `id` is of may be gone when the journal was written anew. */
  z.object({ is: z.literal('dead'), id: z.string(), letter: deadLetterSchema }),
]);
export type OutboxRecord = z.infer<typeof recordSchema>;

/** Null when it is none. */
export function parseOutboxRecord(value: unknown): OutboxRecord | null {
  return recordSchema.safeParse(value).data ?? null;
}

type StoredNotice = z.infer<typeof noticeSchema>;

export const storedNotice = (notice: ObjectNotice): StoredNotice => ({
  ...notice,
  time: notice.time.getTime(),
});

export const noticeOf = (stored: StoredNotice): ObjectNotice => ({ ...stored, time: new Date(stored.time) });
