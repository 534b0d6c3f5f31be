import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { CodeEngineParams, CodeEngineResult } from '../../../shared/http/code-engine-function.ts';
import { matchesSubscription } from '../../service/service.ts';
import type { Subscription } from '../../service/service-events.ts';
import type { AnnouncedNotice, NoticeOutlet, ObjectNotice } from '../object-store/start-object-store.ts';
import type { EventFaults, Fate } from './event-faults.ts';
import { cosEventParams } from './event-params.ts';
import type { DeadLetter, Outbox, OutboxEntry } from './outbox.ts';

export interface DispatcherOptions {
  readonly subscriptions: readonly Subscription[];
  readonly outbox: Outbox;
  readonly invoke: (functionName: string, params: CodeEngineParams) => Promise<CodeEngineResult>;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  readonly retry?: RetryPolicy;
  /** Bad habits to show; none when absent. */
  readonly faults?: EventFaults | undefined;
}

/** The wait doubles from the first to the longest. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** How a delivery ended. */
export interface DeliveryResult {
  readonly functionName: string;
  readonly key: string;
  readonly operation: 'write' | 'delete';
  /** Null: the function answered that all is well, or does not listen to this any more. */
  readonly failure: { readonly attempts: number; readonly reason: string } | null;
}
type DeliveryFailure = NonNullable<DeliveryResult['failure']>;

/** What became of the events when there are faults. */
export interface FaultCounts {
  readonly lost: number;
  readonly twice: number;
  readonly late: number;
}

/** IBM publishes none; this one lasts half a minute. */
const usualRetry: RetryPolicy = { attempts: 8, firstMs: 200, longestMs: 30_000 };
const atOnce: Fate = [0];
const unheard: AnnouncedNotice = { send() {}, withdraw() {} };
const stopped: DeliveryFailure = { attempts: 0, reason: 'the platform stops' };

/**
 * Delivers object notices as Code Engine's object-storage subscriptions do: CloudEvents 1.0 in binary mode by POST,
 * at least once, again with backoff while the answer is not 2xx and trying again can help.
 */
export class EventDispatcher implements NoticeOutlet {
  private readonly options: DispatcherOptions;
  private readonly stopping = new AbortController();
  private readonly occurrences = new Map<string, number>();
  private readonly counts = { lost: 0, twice: 0, late: 0 };
  private pending = 0;
  private idleWaiters: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    this.options = options;
    // Each delivery that waits for its next attempt listens.
    setMaxListeners(0, this.stopping.signal);
  }

  /** A notice that no subscription matches costs nothing. @throws EVENTS_NOT_WRITTEN */
  async announce(notice: ObjectNotice): Promise<AnnouncedNotice> {
    const to = this.listeners(notice);
    if (to.length === 0) return unheard;
    const { outbox } = this.options;
    const entry = await outbox.add(notice, to);
    return {
      send: () => this.send(entry, (functionName) => this.fateOf(notice, functionName)),
      withdraw: () => {
        for (const functionName of to) outbox.drop(entry, functionName);
      },
    };
  }

  /** Delivers what an earlier life of the platform left. Returns how many events that are. */
  recover(): number {
    const { outbox } = this.options;
    const left = outbox.unfinished();
    for (const entry of left) {
      // serverless.yml may have changed since.
      const listeners = this.listeners(entry.notice);
      for (const name of [...entry.to]) if (!listeners.includes(name)) outbox.drop(entry, name);
      this.send(entry, () => atOnce);
    }
    return left.length;
  }

  /**
   * Sends a notice once more, and waits for what comes of it; without faults. A dead letter about the object to a
   * function that does not listen to what is true of it now has nothing to tell any more, and is forgotten.
   * @throws EVENTS_NOT_WRITTEN
   */
  async replay(notice: ObjectNotice): Promise<DeliveryResult[]> {
    const { outbox } = this.options;
    const { key, operation } = notice;
    const to = this.listeners(notice);
    const obsolete = outbox
      .deadLetters()
      .filter((letter) => letter.key === key && !to.includes(letter.functionName))
      .map(({ functionName }) => functionName);
    if (to.length + obsolete.length === 0) return [];
    const entry = await outbox.add(notice, [...to, ...obsolete]);
    for (const functionName of obsolete) outbox.settle(entry, functionName);
    return Promise.all([
      ...obsolete.map((functionName) => ({ functionName, key, operation, failure: null })),
      ...to.map((functionName) => this.track(this.deliver(entry, functionName, atOnce))),
    ]);
  }

  /** Whether a function listens to it, or there is a dead letter about its object. */
  isHeard(notice: ObjectNotice): boolean {
    return (
      this.listeners(notice).length > 0 ||
      this.options.outbox.deadLetters().some(({ key }) => key === notice.key)
    );
  }

  /** The functions whose subscriptions match. */
  private listeners({ key, operation }: Pick<ObjectNotice, 'key' | 'operation'>): string[] {
    const names = this.options.subscriptions
      .filter(({ event }) => matchesSubscription(event, key, operation))
      .map(({ functionName }) => functionName);
    return [...new Set(names)];
  }

  /** Resolves when no delivery is under way. */
  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  get underway(): number {
    return this.pending;
  }

  get faultCounts(): FaultCounts {
    return { ...this.counts };
  }

  /** Nothing is delivered any more; what is under way is not tried again, and is left in the outbox. */
  stop(): void {
    this.stopping.abort();
  }

  private send(entry: OutboxEntry, fateOf: (functionName: string) => Fate): void {
    for (const functionName of [...entry.to]) {
      const fate = fateOf(functionName);
      if (fate.length === 0) this.options.outbox.drop(entry, functionName);
      else void this.track(this.deliver(entry, functionName, fate));
    }
  }

  private async track<T>(delivery: Promise<T>): Promise<T> {
    this.pending++;
    try {
      return await delivery;
    } finally {
      this.pending--;
      if (this.pending === 0) for (const wake of this.idleWaiters.splice(0)) wake();
    }
  }

  private fateOf({ key, operation }: ObjectNotice, functionName: string): Fate {
    const { faults } = this.options;
    if (faults === undefined) return atOnce;
    const place = `${functionName} ${operation} ${key}`;
    const occurrence = this.occurrences.get(place) ?? 0;
    this.occurrences.set(place, occurrence + 1);
    const fate = faults({ functionName, key, operation, occurrence });
    if (fate.length === 0) this.counts.lost++;
    else if (fate.length > 1) this.counts.twice++;
    else if (fate[0]! > 0) this.counts.late++;
    return fate;
  }

  private async deliver(entry: OutboxEntry, functionName: string, fate: Fate): Promise<DeliveryResult> {
    const { outbox, onDeadLetter } = this.options;
    const { key, operation } = entry.notice;
    const about = { functionName, key, operation };
    const failures = await Promise.all(fate.map((delayMs) => this.deliverCopy(entry, functionName, delayMs)));
    const failure = failures.find((one) => one !== null) ?? null;
    if (failures.includes(stopped)) return { ...about, failure: stopped };
    if (failure === null) {
      outbox.settle(entry, functionName);
    } else {
      const letter = { ...about, ...failure, time: new Date().toISOString() };
      // Where it cannot be written, it is known as long as the platform runs, and delivered again after that.
      await outbox.bury(entry, letter).catch(() => {});
      onDeadLetter(letter);
    }
    return { ...about, failure };
  }

  private async deliverCopy(
    entry: OutboxEntry,
    functionName: string,
    delayMs: number,
  ): Promise<DeliveryFailure | null> {
    const { attempts, firstMs, longestMs } = this.options.retry ?? usualRetry;
    const { signal } = this.stopping;
    if (delayMs > 0) await this.wait(delayMs);
    if (signal.aborted) return stopped;
    const params = cosEventParams(entry.notice, eventId(entry, functionName));
    for (let attempt = 1; ; attempt++) {
      const failure = await this.attempt(functionName, params);
      if (failure === null) return null;
      if (signal.aborted) return stopped;
      if (!failure.again || attempt === attempts) return { attempts: attempt, reason: failure.reason };
      await this.wait(Math.min(firstMs * 2 ** (attempt - 1), longestMs));
      if (signal.aborted) return stopped;
    }
  }

  /** Ends early when the dispatcher stops. */
  private wait(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private async attempt(functionName: string, params: CodeEngineParams) {
    try {
      const { statusCode, body } = await this.options.invoke(functionName, params);
      if (statusCode >= 200 && statusCode < 300) return null;
      const detail = (body as { detail?: unknown } | null)?.detail;
      return {
        again: statusCode >= 500 || statusCode === 429,
        reason: `${statusCode} ${detail ?? ''}`.trim(),
      };
    } catch (error) {
      return { again: true, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Of an event to one function, in the form of a UUID: the same each time, also after a restart. */
function eventId({ id }: OutboxEntry, functionName: string): string {
  const hex = createHash('sha256').update(`${id} ${functionName}`).digest('hex');
  // RFC 9562, section 5.8: version 8, made as the maker likes.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
