import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataSource, openDataFiles } from '../../../infra/local/data-files.ts';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { xzStream } from '../../fixtures/xz-stream.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The same file names in bal_train and unbal_train, as AudioSet has them; names that differ in case alone. */
const audioset = {
  'audioset/bal_train/00.tfrecord': 'bal 00',
  'audioset/bal_train/0A.tfrecord': 'bal 0A',
  'audioset/bal_train/0a.tfrecord': 'bal 0a',
  'audioset/unbal_train/00.tfrecord': 'unbal 00',
  'audioset/eval/00.tfrecord.gz': 'eval 00',
  'audioset/eval/deeper/00.tfrecord': 'eval deeper',
  'audioset/train/00.tfrecord.zlib': 'train 00',
  'audioset/constructor/00.tfrecord': 'other',
  'audioset/README.md': 'no record file',
  'audioset/eval/._00.tfrecord': 'a resource fork of macOS',
};
const dropped = [
  ['all', 'constructor/00.tfrecord', 'other'],
  ['eval', '00.tfrecord.gz', 'eval 00'],
  ['eval', 'deeper/00.tfrecord', 'eval deeper'],
  ['train', '00.tfrecord.zlib', 'train 00'],
  ['train', 'bal_train/00.tfrecord', 'bal 00'],
  ['train', 'bal_train/0A.tfrecord', 'bal 0A'],
  ['train', 'bal_train/0a.tfrecord', 'bal 0a'],
  ['train', 'unbal_train/00.tfrecord', 'unbal 00'],
];

/** Writes files; returns their folder. */
async function filesIn(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = path.join(folder, name);
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), content);
  }
  return root;
}

async function tarOf(name: string, files: Readonly<Record<string, string>>, top = '.'): Promise<Buffer> {
  const root = await filesIn(name, files);
  const file = path.join(folder, `${name}.tar`);
  await create({ cwd: root, file, portable: true }, [top]);
  return readFile(file);
}

async function contentOf(file: string, changes: Partial<DataSource> = {}): Promise<string[][]> {
  const { files } = await openDataFiles({ dataset: null, split: null, path: file, ...changes });
  const found: string[][] = [];
  for await (const { split, name, withContent } of files) {
    const bytes = await withContent(async (content) =>
      content instanceof Uint8Array ? content : content.read(0, content.length),
    );
    found.push([split, name, Buffer.from(bytes).toString()]);
  }
  return found.sort();
}

async function refusalOf(file: string) {
  try {
    return { accepted: await contentOf(file) };
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    expect(error.details.expected).toBe(
      'a .tfrecord file, or a folder, tar, tar.gz or tar.xz with such files',
    );
    return { code: error.code, file: error.details.file, received: error.details.received };
  }
}

describe('a folder', () => {
  it("is split by AudioSet's folder names, and no file takes another's name", async () => {
    const root = await filesIn('whole', audioset);
    expect(await contentOf(path.join(root, 'audioset'))).toEqual(dropped);
    const { total } = await openDataFiles({ dataset: null, split: null, path: root });
    expect(total).toBe(dropped.length);
  });

  it("may be one of AudioSet's itself", async () => {
    const root = await filesIn('alone', audioset);
    expect(await contentOf(path.join(root, 'audioset/unbal_train'))).toEqual([
      ['train', 'unbal_train/00.tfrecord', 'unbal 00'],
    ]);
    expect(await contentOf(path.join(root, 'audioset/eval/'))).toEqual([
      ['eval', '00.tfrecord.gz', 'eval 00'],
      ['eval', 'deeper/00.tfrecord', 'eval deeper'],
    ]);
  });

  it('goes to the split that is given, whatever its folders are called', async () => {
    const root = await filesIn('given', audioset);
    const found = await contentOf(path.join(root, 'audioset'), { dataset: 'd', split: 'all' });
    expect(found.map(([split]) => split)).toEqual(dropped.map(() => 'all'));
    expect(new Set(found.map(([, name]) => name)).size).toBe(dropped.length);
  });

  it('may hold links to files and folders, as caches of downloads do', async () => {
    const root = await filesIn('links', { 'blobs/1': 'one', 'other/eval/2.tfrecord': 'two' });
    await mkdir(path.join(root, 'data'));
    await symlink('../blobs/1', path.join(root, 'data/1.tfrecord'));
    await symlink('../other', path.join(root, 'data/other'));
    await symlink('..', path.join(root, 'data/above'));
    expect(await contentOf(path.join(root, 'data'))).toEqual([
      ['all', '1.tfrecord', 'one'],
      ['eval', 'other/2.tfrecord', 'two'],
    ]);
  });

  it('without a record file, or that is not there, is refused', async () => {
    const root = await filesIn('none', { 'README.md': 'x' });
    expect(await refusalOf(root)).toEqual({
      code: 'DATA_UNREADABLE',
      file: root,
      received: 'no .tfrecord file in it',
    });
    const nowhere = path.join(folder, 'nowhere');
    expect(await refusalOf(nowhere)).toEqual({
      code: 'DATA_UNREADABLE',
      file: nowhere,
      received: 'no such file or folder',
    });
  });
});

describe('an archive', () => {
  let plain: Buffer;
  const written = async (name: string, bytes: Uint8Array) => {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    return file;
  };
  beforeAll(async () => {
    plain = await tarOf('archived', audioset, 'audioset');
  });

  it.each([
    ['tar', (bytes: Buffer) => bytes],
    ['tar.gz', (bytes: Buffer) => gzipSync(bytes)],
    ['tgz', (bytes: Buffer) => gzipSync(bytes)],
    ['tar.xz', xzStream],
    ['txz', xzStream],
  ])('.%s gives the same as its folder, by content', async (extension, pack) => {
    const file = await written(`archived.${extension}`, pack(plain));
    const { total } = await openDataFiles({ dataset: null, split: null, path: file });
    expect(total).toBeNull();
    const below = dropped.map(([split, name, content]) => [split, `audioset/${name}`, content]);
    expect(await contentOf(file)).toEqual(below);
  });

  it('with large files comes whole', async () => {
    const large = { 'a.tfrecord': 'x'.repeat(5_000_000), 'eval/b.tfrecord': 'y'.repeat(1_000_001) };
    const file = await written('large.tar.xz', xzStream(await tarOf('large', large)));
    expect(await contentOf(file)).toEqual([
      ['all', 'a.tfrecord', large['a.tfrecord']],
      ['eval', 'b.tfrecord', large['eval/b.tfrecord']],
    ]);
  });

  const someFile = { 'a.tfrecord': 'x'.repeat(200_000) };
  const flipped = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[Math.floor(copy.length / 2)]! ^= 0xff;
    return copy;
  };
  const cut = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length * 0.7));

  it.each([
    ['cut short, tar', 'tar', cut],
    ['cut short, tar.gz', 'tar.gz', (bytes: Buffer) => cut(gzipSync(bytes, { level: 0 }))],
    ['cut short, tar.xz', 'tar.xz', (bytes: Buffer) => cut(xzStream(bytes))],
    ['flipped bits, tar.gz', 'tar.gz', (bytes: Buffer) => flipped(gzipSync(bytes, { level: 0 }))],
    ['flipped bits, tar.xz', 'tar.xz', (bytes: Buffer) => flipped(xzStream(bytes))],
    ['a damaged header', 'tar', (bytes: Buffer) => Buffer.concat([Buffer.alloc(700, 7), bytes])],
    ['no archive at all', 'zip', () => Buffer.from('x'.repeat(2000))],
    ['an xz in name only', 'tar.xz', () => Buffer.from('x'.repeat(2000))],
    ['nothing', 'tar.gz', () => Buffer.alloc(0)],
  ])(
    'that is damaged is refused: %s',
    async (kind, extension, damage) => {
      const name = kind.replaceAll(/\W+/g, '-');
      const file = await written(`${name}.${extension}`, damage(await tarOf(name, someFile)));
      expect(await refusalOf(file)).toEqual({
        code: 'DATA_UNREADABLE',
        file,
        received: expect.stringMatching(/.{4}/),
      });
    },
    5000,
  );

  it('may be left in the middle', async () => {
    const file = await written('left.tar', plain);
    const { files } = await openDataFiles({ dataset: null, split: null, path: file });
    for await (const _ of files) break;
  });
});
