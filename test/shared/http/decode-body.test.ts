import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodedBody, maxDecodedBytes } from '../../../shared/http/decode-body.ts';

const encoders = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
} as const;

describe('a body in a content encoding', () => {
  it.each(Object.keys(encoders) as (keyof typeof encoders)[])('%s: is what was encoded', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        expect(Buffer.from(await decodedBody(encoders[name](bytes), ` ${name.toUpperCase()} `))).toEqual(
          Buffer.from(bytes),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('deflate without the two bytes of ZLIB, as some clients send it', async () => {
    const body = Buffer.from('{"clips": []}'.repeat(9));
    expect(Buffer.from(await decodedBody(deflateRawSync(body), 'deflate'))).toEqual(body);
  });

  it.each([undefined, '', 'identity'])('%s: is as it is', async (name) => {
    const body = Buffer.from([1, 2]);
    expect(await decodedBody(body, name)).toBe(body);
  });

  it.each(['zstd', 'gzip, gzip', 'constructor', 'compress'])('%s: is refused', async (name) => {
    await expect(decodedBody(gzipSync('a'), name)).rejects.toMatchObject({
      code: 'BODY_UNSUPPORTED_ENCODING',
      details: { path: 'content-encoding', received: name },
    });
  });

  it.each([
    ['gzip', gzipSync('a'.repeat(100)).subarray(0, -9)],
    ['gzip', Buffer.from('no gzip')],
    ['deflate', Buffer.from([0x78, 0x9c, 1])],
    ['br', Buffer.from([255, 255, 255])],
    ['br', Buffer.alloc(0)],
  ])('%s: what is damaged is refused', async (name, body) => {
    await expect(decodedBody(body, name)).rejects.toMatchObject({ code: 'BODY_MALFORMED' });
  });
});

describe('a body that grows beyond the limit', () => {
  const zeros = Buffer.alloc(8 * maxDecodedBytes);
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  const bombs = {
    gzip: gzipSync(zeros, { level: 1 }),
    deflate: deflateSync(zeros, { level: 1 }),
    br: brotliCompressSync(zeros, fast),
  };

  it.each(Object.entries(bombs))('%s: is refused, and takes no memory but the limit', async (name, bomb) => {
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 1);
    await expect(decodedBody(bomb, name)).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
      details: { path: 'body', limit: maxDecodedBytes },
    });
    clearInterval(watch);
    expect(most).toBeLessThan(4 * maxDecodedBytes);
  });

  it('one that is as large as the limit is taken', async () => {
    expect(await decodedBody(gzipSync(Buffer.alloc(maxDecodedBytes)), 'gzip')).toHaveLength(maxDecodedBytes);
    await expect(decodedBody(gzipSync(Buffer.alloc(maxDecodedBytes + 1)), 'gzip')).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
  });
});
