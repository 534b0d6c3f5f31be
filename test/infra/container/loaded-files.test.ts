import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesLoadedBy } from '../../../infra/container/loaded-files.ts';

const files = {
  'bundle/main.cjs': `require('a'); require('node:fs');`,
  'node_modules/a/package.json': '{"main": "lib/index.js"}',
  'node_modules/a/lib/index.js': `require('./part'); require('b'); try { require('absent'); } catch {}`,
  'node_modules/a/lib/part.js': '',
  'node_modules/a/lib/unused.js': '',
  'node_modules/a/node_modules/b/package.json': '{"exports": {"import": "./b.mjs", "require": "./b.cjs"}}',
  'node_modules/a/node_modules/b/b.cjs': '',
  'node_modules/a/node_modules/b/b.mjs': '',
  'node_modules/b/package.json': '{}',
  'node_modules/b/index.js': '',
  'node_modules/@node-rs/crc32/package.json': '{}',
  'node_modules/@node-rs/crc32/index.js': `require('./crc32.node');`,
  'node_modules/@node-rs/crc32/crc32.node': 'compiled',
  'node_modules/@tensorflow/tfjs-node/package.json': '{}',
  'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node': 'compiled',
  'node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow.so.2': 'large',
};
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'earshot-loaded-'));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.join(root, path.dirname(file)), { recursive: true });
    await writeFile(path.join(root, file), content);
  }
});
afterAll(() => rm(root, { recursive: true }));

it('the files of a container are those that Node.js loads, with the package.json by which it finds them', async () => {
  const installed = Object.keys(files).filter((file) => file.startsWith('node_modules/'));
  expect(await filesLoadedBy(path.join(root, 'bundle/main.cjs'), root, installed)).toEqual([
    'node_modules/@node-rs/crc32/crc32.node',
    'node_modules/@node-rs/crc32/index.js',
    'node_modules/@node-rs/crc32/package.json',
    'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node',
    'node_modules/a/lib/index.js',
    'node_modules/a/lib/part.js',
    'node_modules/a/node_modules/b/b.cjs',
    'node_modules/a/node_modules/b/package.json',
    'node_modules/a/package.json',
  ]);
});
