import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelTable, metricsTable } from '../../shared/telemetry/metrics-table.ts';
import { smallModel } from '../fixtures/published-model.ts';
import { type InferServer, startInferServer } from './infer-server.ts';
import { oraclePython, runPython } from './oracle-python.ts';

const key = 'key-of-the-scraper-of-figures';

/** Reads a scrape by the parser of Prometheus's own Python client. */
const program = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = text_string_to_metric_families(open(sys.argv[1], encoding='utf-8').read())
print(json.dumps([{'name': f.name, 'type': f.type, 'help': f.documentation,
    'samples': [[s.name, s.labels, s.value] for s in f.samples]} for f in families]))
`;

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly (readonly [string, Readonly<Record<string, string>>, number])[];
}

describe.skipIf(oraclePython === undefined)(
  'the exposition, as the Python client of Prometheus reads it',
  () => {
    let server: InferServer;
    let families: readonly Family[];
    let folder: string;
    const asked = 40;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'earshot-metrics-'));
      server = await startInferServer(smallModel(1), undefined, { EARSHOT_API_KEYS: `scraper:${key}` });
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const post = (target: string, body: string) =>
        fetch(`${server.url}${target}`, { method: 'POST', headers, body });
      const frames = [[0, 1, 2, 3, 4, 5]];
      const good = JSON.stringify({ clips: [{ frames }, { frames }] });
      await Promise.all(Array.from({ length: asked }, () => post('/predict', good)));
      for (const target of ['/a"b', '/c\\d', '/predict?x=%0A']) await post(target, '{');
      await fetch(`${server.url}/predict`, { method: 'POST' });
      const scraped = await fetch(`${server.url}/metrics`, { headers });
      expect(scraped.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
      const file = path.join(folder, 'metrics');
      await writeFile(file, await scraped.text());
      families = runPython(program, file) as Family[];
    });
    afterAll(async () => {
      server.close();
      await rm(folder, { recursive: true });
    });

    const familyOf = (name: string) => families.find((family) => family.name === name)!;
    const samplesOf = (name: string, labels: Readonly<Record<string, string>> = {}) =>
      families
        .flatMap(({ samples }) => samples)
        .filter(
          ([of, has]) =>
            of === name && Object.entries(labels).every(([label, value]) => has[label] === value),
        );
    const sumOf = (...of: Parameters<typeof samplesOf>) =>
      samplesOf(...of).reduce((sum, [, , value]) => sum + value, 0);

    it('has every metric of the documented table, with its type and labels, and none besides', () => {
      // The parser knows counters without their ending.
      const named = Object.entries(metricsTable).map(
        ([name, about]) => [name.replace(/_total$/, ''), about] as const,
      );
      expect(families.map(({ name }) => name).sort()).toEqual(named.map(([name]) => name).sort());
      for (const [name, { type, help, labels }] of named) {
        expect(familyOf(name)).toMatchObject({ type, help });
        for (const [, has] of familyOf(name).samples) {
          const { le: _, ...others } = has;
          expect(Object.keys(others).sort()).toEqual([...labels].sort());
          for (const label of labels) expect(labelTable).toHaveProperty(label);
        }
      }
    });

    it('counts what was asked', () => {
      expect(sumOf('earshot_requests_total', { route: '/predict', status: '200' })).toBe(asked);
      expect(sumOf('earshot_requests_total', { route: 'none', status: '404' })).toBe(2);
      expect(sumOf('earshot_rejections_total', { code: 'API_KEY_REFUSED' })).toBe(1);
      expect(sumOf('earshot_clips_total', { model: 'small', version: '1' })).toBe(2 * asked);
      expect(sumOf('earshot_key_requests_total', { key: 'scraper' })).toBe(asked + 3);
      expect(sumOf('earshot_batch_clips_sum')).toBe(2 * asked);
      expect(sumOf('earshot_batch_requests_sum')).toBe(asked);
      expect(sumOf('earshot_cold_starts_total')).toBe(1);
    });

    it('histograms only grow from bucket to bucket, up to their count', () => {
      const histograms = families.filter(({ type }) => type === 'histogram');
      expect(histograms.length).toBeGreaterThan(4);
      for (const { name, samples } of histograms) {
        const counts = samples.filter(([of]) => of === `${name}_count`);
        for (const [, labels, count] of counts) {
          const buckets = samplesOf(`${name}_bucket`, labels);
          const bounds = buckets.map(([, { le }]) => Number(le === '+Inf' ? Infinity : le));
          expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
          expect(bounds.at(-1)).toBe(Infinity);
          const values = buckets.map(([, , value]) => value);
          expect(values).toEqual([...values].sort((a, b) => a - b));
          expect(values.at(-1)).toBe(count);
        }
      }
      expect(sumOf('earshot_prediction_duration_seconds_count')).toBe(asked);
    });
  },
);
