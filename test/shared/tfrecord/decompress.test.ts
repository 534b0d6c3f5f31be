import { constants, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecompressedStream } from '../../../shared/tfrecord/decompress.ts';
import { encodeTfRecordFile, frameRecord } from '../../../shared/tfrecord/writer.ts';
import { anyDamage, applyDamage, joinBytes } from '../../fixtures/damage.ts';
import { streamOf } from '../../fixtures/stream-of.ts';

interface Result {
  readonly bytes: Uint8Array;
  readonly stream: DecompressedStream;
}

async function decompress(file: Uint8Array, chunkBytes = file.length): Promise<Result> {
  const stream = new DecompressedStream(streamOf(file, chunkBytes));
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return { bytes: joinBytes(...pieces), stream };
}

const records = (count: number) =>
  new Uint8Array(
    encodeTfRecordFile(
      Array.from({ length: count }, (_, i) => Uint8Array.from({ length: 40 + i }, (_, j) => i * j)),
    ),
  );

describe('a whole file', () => {
  const plain = records(60);
  test.each([
    ['none', plain],
    ['gzip', gzipSync(plain)],
    ['zlib', deflateSync(plain)],
    ['zlib', deflateSync(plain, { level: 0 })],
    ['zlib', deflateSync(plain, { windowBits: 9 })],
  ] as const)('is told by its content to be %s', async (compression, file) => {
    for (const chunkBytes of [11, 1000, file.length]) {
      const { bytes, stream } = await decompress(file, chunkBytes);
      expect(stream).toMatchObject({ compression, fault: null, bytes: plain.length });
      expectSame(bytes, plain);
    }
  });

  test('of several GZIP members is read to its end, also when padded with zeros', async () => {
    const file = joinBytes(
      gzipSync(plain.subarray(0, 777)),
      gzipSync(plain.subarray(777)),
      new Uint8Array(512),
    );
    for (const chunkBytes of [7, 600, file.length]) {
      const { bytes, stream } = await decompress(file, chunkBytes);
      expect(stream.fault).toBeNull();
      expectSame(bytes, plain);
    }
  });

  test('of no bytes, or of an empty compressed stream, gives none', async () => {
    for (const file of [new Uint8Array(0), gzipSync(new Uint8Array(0)), deflateSync(new Uint8Array(0))]) {
      const { bytes, stream } = await decompress(file);
      expect(bytes).toHaveLength(0);
      expect(stream.fault).toBeNull();
    }
  });

  test('comes back for any content, compression and chunks', async () => {
    const content = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 10 });
    const compression = fc.constantFrom('none' as const, 'gzip' as const, 'zlib' as const);
    await fc.assert(
      fc.asyncProperty(
        content,
        compression,
        fc.integer({ min: 20, max: 2000 }),
        async (payloads, kind, chunkBytes) => {
          const file = encodeTfRecordFile(payloads, { compression: kind });
          const { bytes, stream } = await decompress(file, chunkBytes);
          expect(stream).toMatchObject({ compression: kind, fault: null });
          expectSame(bytes, new Uint8Array(encodeTfRecordFile(payloads)));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a plain file that looks compressed', () => {
  test.each([
    ['GZIP', 0x88b1f],
    ['ZLIB', 0x178],
    ['ZLIB', 0x9c78],
  ])('by a length that is the magic number of %s is plain', async (_, length) => {
    const file = frameRecord(new Uint8Array(length));
    const { bytes, stream } = await decompress(file);
    expect(stream.compression).toBe('none');
    expectSame(bytes, file);
  });

  test('is plain though its first header is damaged as well', async () => {
    for (let at = 2; at < 12; at++) {
      const file = joinBytes(frameRecord(new Uint8Array(0x178)), records(3));
      file[at]! ^= 0x40;
      const { bytes, stream } = await decompress(file, 50);
      expect(stream.compression).toBe('none');
      expectSame(bytes, file);
    }
  });

  test('is plain though a damaged header happens to begin with the magic number of GZIP', async () => {
    const file = joinBytes(Uint8Array.of(0x1f, 0x8b, 0), records(3));
    const { bytes, stream } = await decompress(file);
    expect(stream.compression).toBe('none');
    expectSame(bytes, file);
  });

  test('is plain though it was cut inside that header', async () => {
    const file = frameRecord(new Uint8Array(0x178)).subarray(0, 9);
    const { bytes, stream } = await decompress(file);
    expect(stream).toMatchObject({ compression: 'none', fault: null });
    expectSame(bytes, file);
  });
});

describe('a damaged stream', () => {
  test.each(['gzip', 'zlib'] as const)(
    'of %s gives everything that the bytes before the damage hold, then says where it is',
    async (compression) => {
      const content = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 4, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(
          content,
          anyDamage,
          fc.integer({ min: 20, max: 500 }),
          async (payloads, damage, chunkBytes) => {
            const plain = new Uint8Array(encodeTfRecordFile(payloads));
            const whole = encodeTfRecordFile(payloads, { compression });
            const damaged = applyDamage(whole, damage);
            // A damaged magic number makes another file of it.
            fc.pre(damaged.from >= 4 && !Buffer.from(damaged.bytes).equals(whole));
            const { bytes, stream } = await decompress(damaged.bytes, chunkBytes);
            const before = decodable(whole.subarray(0, damaged.from), compression);
            if (compression === 'zlib' && stream.compression === 'none') {
              // Nothing of the first record came out: two bytes are no evidence.
              expect(before.length).toBeLessThan(12);
              return;
            }
            expectSame(bytes.subarray(0, before.length), plain.subarray(0, before.length));
            expect(stream.bytes).toBe(bytes.length);
            if (stream.fault !== null) {
              expect(stream.fault.compressedOffset).toBeGreaterThanOrEqual(
                Math.min(damaged.from, damaged.bytes.length),
              );
              expect(stream.fault.offset).toBe(bytes.length);
            } else {
              // The GZIP header has fields that nothing checks.
              expectSame(bytes, plain);
            }
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  test('that is large keeps what zlib holds back when it meets the fault', async () => {
    const plain = noise(12_000_000);
    const file = gzipSync(plain, { level: 1 });
    expect(file.length).toBeGreaterThan(9_000_000);
    const from = file.length - 50_000;
    file.fill(0xff, from, from + 400);
    const { bytes, stream } = await decompress(file, 200_000);
    const before = decodable(file.subarray(0, from), 'gzip');
    expectSame(bytes.subarray(0, before.length), before);
    expect(stream.fault?.offset).toBe(bytes.length);
  });

  test('cut at its end gives all content and the fault', async () => {
    const plain = records(50);
    const file = gzipSync(plain);
    const { bytes, stream } = await decompress(file.subarray(0, -3));
    expectSame(bytes, plain);
    expect(stream.fault).toEqual({
      reason: 'unexpected end of file',
      compressedOffset: file.length - 3,
      offset: plain.length,
    });
  });

  test.each(['gzip', 'zlib'] as const)('with bytes behind the end of %s says so', async (compression) => {
    const plain = records(50);
    const file = compression === 'gzip' ? gzipSync(plain) : deflateSync(plain);
    for (const chunkBytes of [1, 100, file.length, 10_000]) {
      const { bytes, stream } = await decompress(joinBytes(file, new Uint8Array([0, 7, 7])), chunkBytes);
      expectSame(bytes, plain);
      expect(stream.fault).toMatchObject({ compressedOffset: file.length, offset: plain.length });
    }
  });

  test('asking for a dictionary, which TFRecord does not have, is taken as it is', async () => {
    const file = deflateSync(records(5), { dictionary: Buffer.from('something') });
    const { bytes, stream } = await decompress(file);
    expect(stream).toMatchObject({ compression: 'none', fault: null });
    expectSame(bytes, file);
  });
});

describe('memory', () => {
  test('stays small while a file expands a thousandfold', async () => {
    // Two hundred members, so that the content is never in memory here either.
    const member = gzipSync(Buffer.alloc(1_000_000), { level: 9 });
    const file = joinBytes(...new Array<Uint8Array>(200).fill(member));
    expect(file.length).toBeLessThan(250_000);
    const stream = new DecompressedStream(streamOf(file));
    let largest = 0;
    const start = process.memoryUsage().arrayBuffers;
    for await (const piece of stream) {
      largest = Math.max(largest, process.memoryUsage().arrayBuffers - start);
      expect(piece.length).toBeLessThanOrEqual(65_536);
    }
    expect(stream.bytes).toBe(200_000_000);
    expect(largest).toBeLessThan(120_000_000);
  });

  test('is let go when the reader stops early', async () => {
    let closed = false;
    async function* source() {
      try {
        for (;;) yield new Uint8Array(1000);
      } finally {
        closed = true;
      }
    }
    for await (const _ of new DecompressedStream(source())) break;
    expect(closed).toBe(true);
  });

  test('a source that fails makes the stream throw the same error', async () => {
    async function* source() {
      yield gzipSync(records(3)).subarray(0, 40);
      throw new Error('connection lost');
    }
    const read = async () => {
      for await (const _ of new DecompressedStream(source())) expect(_).toBeDefined();
    };
    await expect(read()).rejects.toThrow('connection lost');
  });
});

function expectSame(received: Uint8Array, expected: Uint8Array): void {
  expect(received.length).toBe(expected.length);
  expect(Buffer.compare(received, expected)).toBe(0);
}

/** What zlib makes of the beginning of a stream. */
function decodable(prefix: Uint8Array, compression: 'gzip' | 'zlib'): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  return compression === 'gzip' ? gunzipSync(prefix, options) : inflateSync(prefix, options);
}

/** Bytes that hardly compress, the same every time. */
function noise(length: number): Uint8Array {
  const words = new Uint32Array(length / 4);
  let state = 1;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state ^ (state >>> 15);
  }
  return new Uint8Array(words.buffer);
}
