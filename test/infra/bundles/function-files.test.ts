import { homedir, tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionFiles, targetOf } from '../../../infra/bundles/function-files.ts';
import { codeBundleImage } from '../../../infra/serverless-code-engine/images/code-bundle-image.ts';
import type { ImageFile } from '../../../infra/serverless-code-engine/images/tar-archive.ts';
import { projectRoot } from '../../e2e/run-serverless.ts';

const planted = { IBMCLOUD_API_KEY: 'planted-api-key-1', COS_SECRET_ACCESS_KEY: 'planted-secret-2' };

let files: ImageFile[];
beforeAll(async () => {
  Object.assign(process.env, planted);
  files = await functionFiles({
    root: projectRoot,
    handler: 'functions/infer/handler.main',
    runtime: 'nodejs-22',
  });
});
afterAll(() => {
  for (const name of Object.keys(planted)) delete process.env[name];
});

describe('the code bundle of infer', () => {
  it('is its program and a package.json of CommonJS', () => {
    expect(files.map(({ path }) => path)).toEqual(['main.js', 'package.json']);
    expect(JSON.parse(Buffer.from(files[1]!.bytes).toString())).toEqual({ main: 'main.js' });
  });

  it('is far below what Code Engine takes', () => {
    expect(codeBundleImage(files).layers[0]!.size).toBeLessThan(1_000_000);
  });

  it('holds no path of this machine and nothing of the environment', () => {
    for (const { bytes } of files) {
      const content = Buffer.from(bytes);
      for (const text of [projectRoot, `${homedir()}/`, `${tmpdir()}/`, ...Object.values(planted)]) {
        expect(content.includes(text)).toBe(false);
      }
    }
  });

  it('is made for the Node of its runtime', () => {
    expect(targetOf('nodejs-22')).toBe('node22');
  });
});
