import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleEntry } from '../../../infra/bundles/bundle-entry.ts';
import { accelerators } from '../../../infra/bundles/handlers.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';

let bundle: Bundle;
let folder: string;
beforeAll(async () => {
  const entry = 'functions/infer/handler.ts';
  bundle = await bundleEntry({ root: projectRoot, entry, target: 'node22', external: accelerators });
  folder = mkdtempSync(path.join(tmpdir(), 'earshot-bundle-'));
  writeFileSync(path.join(folder, 'main.js'), bundle.program);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Bytes of the bundle by package; `own` is Earshot's code. */
function bytesByPackage(): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(bundle.metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'own';
      if (bytesInOutput > 0) bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return bytes;
}

/** What a package may bring, in thousands of bytes: some tenths more than it brings now. */
const mostKilobytes: Readonly<Record<string, number>> = {
  own: 350,
  'ibm-cos-sdk': 250,
  zod: 140,
  // What ibm-cos-sdk reads XML and paths with.
  xml2js: 100,
  sax: 30,
  jmespath: 30,
  uuid: 10,
  '@middy/core': 5,
  '@middy/util': 5,
  '@middy/http-header-normalizer': 3,
  '@middy/http-security-headers': 8,
  'csv-parse': 2,
  // Spectra of WAV files.
  'fft.js': 10,
  // GET /metrics.
  'prom-client': 45,
  '@opentelemetry/api': 30,
  bintrees: 8,
  tdigest: 8,
  'p-map': 4,
  'fastest-levenshtein': 3,
};

describe('the bundle of infer', () => {
  it('is below 0.9 MB', () => {
    expect(bundle.program.length).toBeLessThan(900_000);
  });

  it('is made of these packages and no others, each no larger than it may be', () => {
    const bytes = bytesByPackage();
    for (const [name, size] of bytes) {
      expect(mostKilobytes, `${name} is new in what infer loads at every cold start`).toHaveProperty([name]);
      expect(size / 1000, `kilobytes of ${name}`).toBeLessThan(mostKilobytes[name]!);
    }
  });

  it('loads no file beside itself when it starts, and none of the modules of Node that are slow to load', () => {
    const program = `
      const { Module } = require('node:module');
      const before = new Set(process.moduleLoadList);
      require(process.argv[1]);
      console.log(JSON.stringify({
        files: Object.keys(Module._cache).filter((file) => file !== process.argv[1]),
        modules: process.moduleLoadList.filter((name) => !before.has(name)),
      }));`;
    const printed = execFileSync(process.execPath, ['-e', program, path.join(folder, 'main.js')], {
      cwd: folder,
    });
    const { files, modules } = JSON.parse(printed.toString()) as { files: string[]; modules: string[] };
    expect(files).toEqual([]);
    const slow = ['http2', 'inspector', 'repl', 'worker_threads', 'cluster', 'sqlite', 'wasi', 'test', 'sea'];
    const loaded = modules.flatMap((name) => /^NativeModule (.+)$/.exec(name)?.[1] ?? []);
    expect(loaded.filter((name) => slow.includes(name))).toEqual([]);
  });
});
