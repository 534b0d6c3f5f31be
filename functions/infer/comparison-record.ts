import { randomUUID } from 'node:crypto';
import type { ClipDifference, ComparedPair, ShadowObserver } from '../../shared/inference/comparison.ts';
import { log } from '../../shared/log/log.ts';
import {
  type Comparison,
  disagreementOf,
  noComparison,
  withRequest,
  writeComparison,
} from '../../shared/registry/comparisons.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

/** Milliseconds between two writes of an instance. */
const usualEveryMs = 10_000;

/**
 * Keeps what this instance has compared of each pair: sums in memory, now and then a line of the log and an object in the
 * bucket, which this instance alone writes. What an instance has not written when it is taken away is lost.
 */
export class ComparisonRecord implements ShadowObserver {
  private readonly store: ObjectStore;
  private readonly everyMs: number;
  private readonly instance = randomUUID();
  private current: { readonly pair: ComparedPair; sums: Comparison; isWritten: boolean } | null = null;
  private writtenAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;
  private lastFailure: string | null = null;

  constructor(store: ObjectStore, everyMs: number = usualEveryMs) {
    this.store = store;
    this.everyMs = everyMs;
  }

  onCompared(pair: ComparedPair, clips: readonly ClipDifference[]): void {
    this.count(pair, (sums, now) => withRequest(sums, clips, now));
  }

  onSkipped(pair: ComparedPair): void {
    this.count(pair, (sums, now) => ({ ...sums, skipped: sums.skipped + 1, to: now.toISOString() }));
  }

  onFailed(pair: ComparedPair, error: unknown): void {
    this.count(pair, (sums, now) => ({ ...sums, failed: sums.failed + 1, to: now.toISOString() }));
    const reason = String(error);
    if (reason !== this.lastFailure) log('warning', 'comparison-failed', { ...pair, reason });
    this.lastFailure = reason;
  }

  private count(pair: ComparedPair, next: (sums: Comparison, now: Date) => Comparison): void {
    const now = new Date();
    if (this.current === null || !isSame(this.current.pair, pair)) {
      // What is not written of the pair before would be lost.
      if (this.current !== null && !this.current.isWritten) void this.write();
      this.current = { pair, sums: noComparison(now), isWritten: true };
    }
    this.current.sums = next(this.current.sums, now);
    this.current.isWritten = false;
    if (this.timer !== null) return;
    const waitMs = Math.max(0, this.writtenAt + this.everyMs - performance.now());
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.current?.isWritten === false) void this.write();
    }, waitMs);
    this.timer.unref();
  }

  private async write(): Promise<void> {
    const { pair, sums } = this.current!;
    this.current!.isWritten = true;
    this.writtenAt = performance.now();
    log('info', 'candidate-compared', { ...pair, ...sums, ...disagreementOf(sums) });
    try {
      await writeComparison(this.store, pair, this.instance, sums);
    } catch (error) {
      // The next write says it all again.
      log('warning', 'comparison-not-written', { ...pair, reason: String(error) });
    }
  }
}

const isSame = (a: ComparedPair, b: ComparedPair) =>
  a.model === b.model && a.stable === b.stable && a.candidate === b.candidate;
