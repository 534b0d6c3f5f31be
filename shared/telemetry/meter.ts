import { EarshotError } from '../errors/earshot-error.ts';
import type { LabelName, MetricName } from './metrics-table.ts';

export type Labels = Partial<Record<LabelName, string>>;

/** Where metrics are kept. */
export interface MetricStore {
  /** Counts up a counter or a gauge by `value`, or notes it in a histogram. */
  add(name: MetricName, labels: Labels, value: number): void;
  /** https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): Promise<string>;
}

/** What is counted before the store is opened; then it is opened all the same. */
const mostPending = 1000;

/**
 * Counts what a process does. The store is opened when somebody asks for the figures, or much has been counted: a cold
 * start does not wait for a library that nobody may want.
 */
export class Meter {
  private readonly openStore: (() => Promise<MetricStore>) | null;
  private pending: ((store: MetricStore) => void)[] = [];
  private store: MetricStore | null = null;
  private opening: Promise<MetricStore> | null = null;

  /** @param openStore null where figures of one process say nothing, because it is frozen between requests */
  constructor(openStore: (() => Promise<MetricStore>) | null) {
    this.openStore = openStore;
  }

  add(name: MetricName, labels: Labels = {}, value = 1): void {
    if (this.openStore === null) return;
    if (this.store !== null) {
      this.store.add(name, labels, value);
      return;
    }
    this.pending.push((store) => store.add(name, labels, value));
    // What a library cannot do must not fail a request that is only counted.
    if (this.pending.length === mostPending) this.opened().catch(() => undefined);
  }

  /** @throws METRICS_NOT_HERE in a function */
  async text(): Promise<string> {
    return (await this.opened()).text();
  }

  private opened(): Promise<MetricStore> {
    if (this.openStore === null) {
      return Promise.reject(
        new EarshotError('METRICS_NOT_HERE', {
          path: '/metrics',
          expected: 'an app, or the local platform',
          received: 'a function',
        }),
      );
    }
    this.opening ??= this.openStore().then((store) => {
      for (const count of this.pending.splice(0)) count(store);
      this.store = store;
      return store;
    });
    return this.opening;
  }
}
