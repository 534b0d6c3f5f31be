import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../infra/local/summary.ts';
import { type Ended, lastJsonLine, runServerless } from './run-serverless.ts';

describe('the main job on the synthetic set', () => {
  let folder: string;
  let ended: Ended;
  let summary: Summary;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'earshot-demo-'));
    ended = await runServerless(['local', '--once', '--json', '--persist-to', folder, '--port', '0'], {
      EARSHOT_ENGINE: 'wasm',
    });
    expect(ended.stderr).toContain('Earshot ready');
    expect(ended.code, ended.stderr).toBe(0);
    summary = lastJsonLine(ended);
  }, 240_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('takes in every clip with no anomaly', () => {
    expect(summary.dataset).toBe('synthetic');
    expect(summary.files).toBe(32);
    expect(summary.clips).toEqual({ train: 3000, eval: 1000 });
    expect(summary.labels).toBe(24);
    expect(summary.quarantined).toEqual({ files: 0, records: 0 });
    expect(summary.anomalies).toEqual({});
  });

  it('trains on WebAssembly to at least 85 % of what is possible at all', () => {
    expect(summary.engine).toBe('wasm');
    expect(summary.ceiling).toBeGreaterThan(0.6);
    expect(summary.ceiling).toBeLessThan(0.9);
    expect(summary.mAP).toBeGreaterThanOrEqual(0.85 * summary.ceiling!);
    expect(summary.mAP).toBeLessThanOrEqual(summary.ceiling!);
  });

  it('serves the model that it published and shows a prediction with its curl', () => {
    expect(summary.model).toBe('synthetic/1');
    expect(ended.stderr).toMatch(/clip \S+ \(labelled .+\) is heard as/);
    expect(ended.stderr).toMatch(/^ +\d+\.\d % {2}\S/m);
    expect(ended.stderr).toMatch(
      /curl -s -H 'content-type: application\/octet-stream' --data-binary @\S+ http:\/\/127\.0\.0\.1:\d+\/predict/,
    );
  });

  it('prints results on stdout alone, and no colour off a terminal', () => {
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape character that must not be there.
    expect(ended.stdout + ended.stderr).not.toMatch(/\u001b\[/);
  });
});
