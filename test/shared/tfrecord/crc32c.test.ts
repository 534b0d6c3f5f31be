import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crc32c, maskedCrc32c, portableCrc32c } from '../../../shared/tfrecord/crc32c.ts';

const ascii = (text: string) => new TextEncoder().encode(text);
const range = Uint8Array.from({ length: 32 }, (_, i) => i);

describe('CRC-32C', () => {
  test.each([
    ['the check value of the polynomial', ascii('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
    ['32 zero bytes (RFC 3720 B.4)', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ff (RFC 3720 B.4)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['00 to 1f (RFC 3720 B.4)', range, 0x46dd794e],
    ['1f to 00 (RFC 3720 B.4)', range.toReversed(), 0x113fdb5c],
  ])('matches the published value of %s', (_, bytes, expected) => {
    expect(portableCrc32c(bytes)).toBe(expected);
    expect(crc32c(bytes)).toBe(expected);
  });

  test.each([
    ['foo', ascii('foo'), 0xfebe8a61],
    ['the length 3', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0), 0x0e4999b0],
    ['32 zero bytes', new Uint8Array(32), 0x0fd7fffa],
    ['32 bytes of ff', new Uint8Array(32).fill(0xff), 0xf909b029],
  ])('is masked as TensorFlow masks it: %s', (_, bytes, expected) => {
    expect(maskedCrc32c(bytes)).toBe(expected);
  });

  test('is the same by table and by the native addon, over any part of any bytes', () => {
    const bytes = fc.uint8Array({ minLength: 600, maxLength: 3000 });
    fc.assert(
      fc.property(bytes, fc.nat(40), fc.nat(40), (data, skip, drop) => {
        const end = data.length - drop;
        const part = data.slice(skip, end);
        expect(crc32c(data, skip, end)).toBe(portableCrc32c(part));
        expect(portableCrc32c(data, skip, end)).toBe(portableCrc32c(part));
      }),
      { numRuns: 100 },
    );
  });
});

describe('in a bundle without the native addon', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'earshot-crc-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['esm', 'cjs'] as const)('%s code computes the same checksum', async (format) => {
    const outfile = join(folder, format === 'esm' ? 'crc.mjs' : 'crc.cjs');
    await build({
      stdin: {
        contents: `import { crc32c } from './shared/tfrecord/crc32c.ts';
          console.log(crc32c(new Uint8Array(1000).fill(7)));`,
        resolveDir: join(import.meta.dirname, '../../..'),
      },
      bundle: true,
      platform: 'node',
      format,
      outfile,
      external: ['@node-rs/crc32'],
      logLevel: 'silent',
    });
    const printed = execFileSync(process.execPath, [outfile], { cwd: folder, encoding: 'utf8' });
    expect(Number(printed)).toBe(portableCrc32c(new Uint8Array(1000).fill(7)));
  });
});
