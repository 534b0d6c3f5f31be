import { describe, expect, it } from 'vitest';
import { Meter } from '../../../shared/telemetry/meter.ts';
import { metricsTable, mostVersions } from '../../../shared/telemetry/metrics-table.ts';
import { PrometheusMetrics } from '../../../shared/telemetry/prometheus-metrics.ts';

describe('what a process counts', () => {
  it('is there when somebody asks, also what was counted before', async () => {
    let opened = 0;
    const meter = new Meter(async () => {
      opened++;
      return new PrometheusMetrics();
    });
    meter.add('earshot_rejections_total', { code: 'BODY_MALFORMED' });
    meter.add('earshot_rejections_total', { code: 'BODY_MALFORMED' }, 2);
    expect(opened).toBe(0);
    expect(await meter.text()).toContain('earshot_rejections_total{code="BODY_MALFORMED"} 3\n');
    meter.add('earshot_rejections_total', { code: 'BODY_MALFORMED' });
    expect(await meter.text()).toContain('earshot_rejections_total{code="BODY_MALFORMED"} 4\n');
    expect(opened).toBe(1);
  });

  it('does not pile up where nobody asks', async () => {
    let opened = 0;
    const meter = new Meter(async () => {
      opened++;
      return new PrometheusMetrics();
    });
    for (let i = 0; i < 5000; i++) meter.add('earshot_cold_starts_total');
    await expect.poll(() => opened).toBe(1);
    expect(await meter.text()).toContain('earshot_cold_starts_total 5000\n');
  });

  it('says nothing in a function, and why', async () => {
    const meter = new Meter(null);
    meter.add('earshot_cold_starts_total');
    await expect(meter.text()).rejects.toMatchObject({
      code: 'METRICS_NOT_HERE',
      remedy: expect.stringContaining('log lines'),
    });
  });
});

it('each metric of the table is told with its type, before anything is counted', async () => {
  const text = await new PrometheusMetrics().text();
  for (const [name, { type, help }] of Object.entries(metricsTable)) {
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  }
});

it('of any number of versions the last ones have series', async () => {
  const metrics = new PrometheusMetrics();
  for (let version = 1; version <= 100; version++) {
    metrics.add('earshot_clips_total', { model: 'm', version: `${version}` }, 1);
    metrics.add('earshot_batch_clips', { model: 'm', version: `${version}` }, 1);
  }
  const text = await metrics.text();
  const told = [...text.matchAll(/^earshot_clips_total\{model="m",version="(\d+)"\}/gm)].map(([, v]) =>
    Number(v),
  );
  expect(told).toEqual(Array.from({ length: mostVersions }, (_, i) => 101 - mostVersions + i));
  expect([...text.matchAll(/^earshot_batch_clips_sum/gm)]).toHaveLength(mostVersions);
});
