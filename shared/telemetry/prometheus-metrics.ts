import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Labels, MetricStore } from './meter.ts';
import { type MetricName, metricsTable, mostVersions } from './metrics-table.ts';

type Metric = Counter | Gauge | Histogram;
type Series = { readonly name: MetricName; readonly labels: Labels };

/** The metrics of the table in a registry of prom-client. */
export class PrometheusMetrics implements MetricStore {
  private readonly registry = new Registry();
  private readonly metrics: ReadonlyMap<MetricName, Metric>;
  /** `model version` → what has series of it, the one that was counted first in front. */
  private readonly versions = new Map<string, Map<string, Series>>();

  constructor() {
    const entries = Object.entries(metricsTable) as [MetricName, (typeof metricsTable)[MetricName]][];
    this.metrics = new Map(entries.map(([name, description]) => [name, this.metricOf(name, description)]));
  }

  add(name: MetricName, labels: Labels, value: number): void {
    this.remember(name, labels);
    const metric = this.metrics.get(name);
    if (metric instanceof Histogram) metric.observe(labels, value);
    else metric?.inc(labels, value);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private metricOf(name: string, description: (typeof metricsTable)[MetricName]): Metric {
    const { type, help, labels } = description;
    const common = { name, help, labelNames: [...labels], registers: [this.registry] };
    if (type === 'counter') return new Counter(common);
    if (type === 'gauge') return new Gauge(common);
    return new Histogram({ ...common, buckets: [...description.buckets] });
  }

  /** A process that lives long meets any number of versions. */
  private remember(name: MetricName, labels: Labels): void {
    const { model, version } = labels;
    if (version === undefined) return;
    const key = `${model} ${version}`;
    const series = this.versions.get(key) ?? new Map<string, Series>();
    this.versions.set(key, series);
    const id = `${name} ${labels.outcome ?? ''} ${labels.about ?? ''}`;
    if (series.has(id)) return;
    series.set(id, { name, labels });
    if (this.versions.size <= mostVersions) return;
    const [[oldest, gone]] = this.versions as unknown as [[string, ReadonlyMap<string, Series>]];
    this.versions.delete(oldest);
    for (const one of gone.values()) this.metrics.get(one.name)?.remove(one.labels);
  }
}
