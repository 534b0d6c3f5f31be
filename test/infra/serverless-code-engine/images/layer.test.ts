import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Parser, type ReadEntry } from 'tar';
import { describe, expect, it } from 'vitest';
import { codeBundleImage } from '../../../../infra/serverless-code-engine/images/code-bundle-image.ts';
import { layerOf } from '../../../../infra/serverless-code-engine/images/layer.ts';
import type { ImageFile } from '../../../../infra/serverless-code-engine/images/tar-archive.ts';

const text = (content: string) => Buffer.from(content);
const files: ImageFile[] = [
  { path: 'lib/b.js', bytes: text('b') },
  { path: 'main.js', bytes: text('exports.main = () => {};\n'.repeat(200)) },
  { path: 'lib/a.sh', bytes: text('#!/bin/sh\n'), executable: true },
  { path: 'empty', bytes: new Uint8Array(0) },
];
const bytesOf = (given: readonly ImageFile[]) => {
  const { blob } = layerOf(given, 'layer');
  return 'bytes' in blob ? blob.bytes : new Uint8Array(0);
};

/** What another reader of tar finds. */
async function entriesIn(layer: Uint8Array) {
  const found: Promise<{ entry: ReadEntry; content: Uint8Array }>[] = [];
  const parser = new Parser({ strict: true });
  parser.on('entry', (entry: ReadEntry) => {
    found.push(entry.concat().then((content) => ({ entry, content })));
  });
  const ended = new Promise((resolve) => parser.on('end', resolve));
  parser.end(gunzipSync(layer));
  await ended;
  return Promise.all(found);
}

describe('a layer', () => {
  it('is the same whatever the order of its files', () => {
    expect(layerOf([...files].reverse(), 'layer')).toEqual(layerOf(files, 'layer'));
  });

  it('is the same on every machine and with every Node.js: this digest never changes', () => {
    expect(layerOf(files, 'layer').blob.digest).toBe(
      'sha256:912aaf61d661de630f71ab6c5a7abdf2a678764e29e22f5e14544038a596b877',
    );
  });

  it('holds its files sorted, with folders before them and nothing of who made it', async () => {
    const entries = await entriesIn(bytesOf(files));
    const seen = entries.map(({ entry: { path, type, mode } }) => `${type} ${path} ${mode?.toString(8)}`);
    expect(seen).toEqual([
      'File empty 644',
      'Directory lib/ 755',
      'File lib/a.sh 755',
      'File lib/b.js 644',
      'File main.js 644',
    ]);
    for (const { entry } of entries) {
      expect([entry.uid, entry.gid, entry.mtime?.getTime(), entry.uname || '']).toEqual([0, 0, 0, '']);
    }
  });

  it('gives back any files: long and foreign names, sizes around a block', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((part) => !/[/\0\\]|^\.+$/.test(part));
    const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    const content = fc.integer({ min: 0, max: 1030 }).map((length) => Buffer.alloc(length, length % 256));
    const any = fc.uniqueArray(fc.record({ path, bytes: content }), {
      minLength: 1,
      maxLength: 5,
      selector: (file) => file.path,
    });
    await fc.assert(
      fc.asyncProperty(any, async (given) => {
        const entries = (await entriesIn(bytesOf(given))).filter(({ entry }) => entry.type === 'File');
        const found = new Map(
          entries.map(({ entry, content: bytes }) => [entry.path, Buffer.from(bytes).toString('hex')]),
        );
        expect(found).toEqual(
          new Map(given.map((file) => [file.path, Buffer.from(file.bytes).toString('hex')])),
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe('the image of a code bundle', () => {
  it('is one layer under a config that names its archive', () => {
    const { manifest, config, layers } = codeBundleImage(files);
    const { diffId } = layerOf(files, 'layer');
    const read = JSON.parse('bytes' in config ? Buffer.from(config.bytes).toString() : '');
    expect(read).toMatchObject({ architecture: 'amd64', os: 'linux', rootfs: { diff_ids: [diffId] } });
    expect(layers).toHaveLength(1);
    expect(JSON.parse(Buffer.from(manifest).toString()).layers[0].digest).toBe(layers[0]!.digest);
  });

  it('of more than Code Engine takes is IMAGE_TOO_LARGE', () => {
    const large = { path: 'model.bin', bytes: text('more than ten bytes') };
    expect(() => codeBundleImage([large], 10)).toThrow(expect.objectContaining({ code: 'IMAGE_TOO_LARGE' }));
  });
});
