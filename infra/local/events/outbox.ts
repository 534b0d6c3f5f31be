import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ObjectNotice } from '../object-store/start-object-store.ts';
import { lockRoot } from '../object-store/storage/root-lock.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { readJournal } from './journal-lines.ts';
import {
  type DeadLetter,
  noticeOf,
  type OutboxRecord,
  parseOutboxRecord,
  storedNotice,
} from './outbox-records.ts';

export type { DeadLetter } from './outbox-records.ts';

/** A notice that functions are yet to be told of. */
export interface OutboxEntry {
  readonly id: string;
  readonly notice: ObjectNotice;
  /** The functions that are not done with it. */
  readonly to: ReadonlySet<string>;
}

type Entry = OutboxEntry & { readonly to: Set<string> };

/** How the file is kept; for tests. */
export type OutboxOptions = Pick<JournalOptions, 'largeBytes' | 'disk'>;

/**
 * The events that are not delivered yet and those that were given up, in a journal that survives a crash. An entry is
 * on the disk before the change that it tells of is made; so a crash at any moment loses none, and may only bring one
 * twice, or one of a change that was never made.
 */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  /** By function and key: of several about one object, the last tells enough. */
  readonly #letters = new Map<string, { readonly id: string; readonly letter: DeadLetter }>();
  #journal: Journal | null = null;
  #unlock = () => {};

  /**
   * @param folder for the outbox alone; made when it does not exist
   * @throws STATE_IN_USE, EVENTS_DAMAGED, EVENTS_NOT_WRITTEN
   */
  static async open(folder: string, options: OutboxOptions = {}): Promise<Outbox> {
    mkdirSync(folder, { recursive: true });
    const outbox = new Outbox();
    const unlock = lockRoot(folder);
    try {
      const file = path.join(folder, 'journal');
      for (const record of readJournal(file, parseOutboxRecord)) outbox.#take(record);
      outbox.#journal = await Journal.open({ ...options, file, live: () => outbox.#records() });
      outbox.#unlock = unlock;
      return outbox;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  private constructor() {}

  /** What an earlier life left, and what is under way. */
  unfinished(): readonly OutboxEntry[] {
    return [...this.#entries.values()];
  }

  /** The latest last. */
  deadLetters(): readonly DeadLetter[] {
    return [...this.#letters.values()].map(({ letter }) => letter);
  }

  /** Resolves when a crash would not lose it. @throws EVENTS_NOT_WRITTEN */
  async add(notice: ObjectNotice, functionNames: Iterable<string>): Promise<OutboxEntry> {
    const entry: Entry = { id: randomUUID(), notice, to: new Set(functionNames) };
    this.#entries.set(entry.id, entry);
    try {
      await this.#journal!.append(recordOf(entry));
    } catch (error) {
      this.#entries.delete(entry.id);
      throw error;
    }
    return entry;
  }

  /** The function need not be told: the change was not made, or nobody listens any more. */
  drop({ id }: OutboxEntry, functionName: string): void {
    this.#note({ is: 'settled', id, to: functionName, answered: false });
  }

  /** The function has answered that all is well; so is what was given up about the same object before. */
  settle({ id }: OutboxEntry, functionName: string): void {
    this.#note({ is: 'settled', id, to: functionName, answered: true });
  }

  /** The delivery is given up. Resolves when a crash would not lose that. @throws EVENTS_NOT_WRITTEN */
  async bury({ id }: OutboxEntry, letter: DeadLetter): Promise<void> {
    const record: OutboxRecord = { is: 'dead', id, letter };
    this.#take(record);
    await this.#journal!.append(record);
  }

  /** Writes what is waiting and gives the folder back. No call may follow. */
  async close(): Promise<void> {
    await this.#journal?.close();
    this.#unlock();
  }

  /** A crash may lose it: the event comes once more then. */
  #note(record: OutboxRecord): void {
    this.#take(record);
    this.#journal!.note(record);
  }

  #take(record: OutboxRecord): void {
    if (record.is === 'due') {
      const { id, to, notice } = record;
      this.#entries.set(id, { id, to: new Set(to), notice: noticeOf(notice) });
      return;
    }
    const entry = this.#entries.get(record.id);
    if (record.is === 'dead') {
      const { letter } = record;
      const place = placeOf(letter.functionName, letter.key);
      this.#letters.delete(place);
      this.#letters.set(place, { id: record.id, letter });
      entry?.to.delete(letter.functionName);
    } else if (entry !== undefined) {
      if (record.answered) this.#letters.delete(placeOf(record.to, entry.notice.key));
      entry.to.delete(record.to);
    }
    if (entry?.to.size === 0) this.#entries.delete(entry.id);
  }

  *#records(): Generator<OutboxRecord> {
    for (const { id, letter } of this.#letters.values()) yield { is: 'dead', id, letter };
    for (const entry of this.#entries.values()) yield recordOf(entry);
  }
}

const placeOf = (functionName: string, key: string) => `${functionName} ${key}`;

const recordOf = ({ id, to, notice }: OutboxEntry): OutboxRecord => ({
  is: 'due',
  id,
  to: [...to],
  notice: storedNotice(notice),
});
