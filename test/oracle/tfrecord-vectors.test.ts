import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from '../../shared/tfrecord/crc32c.ts';
import { decodeExample } from '../../shared/tfrecord/decode-example.ts';
import { DecompressedStream } from '../../shared/tfrecord/decompress.ts';
import { encodeTfRecordFile } from '../../shared/tfrecord/writer.ts';
import { projectRoot } from '../e2e/run-serverless.ts';
import { scanFrames } from '../fixtures/scan-frames.ts';
import { collect, streamOf } from '../fixtures/stream-of.ts';
import { decodeByProtobufjs } from '../fixtures/tf-example-proto.ts';

const folder = path.join(projectRoot, '../shared/data/tfrecord-vectors');
const present = existsSync(folder);
if (!present) console.warn('../shared/data/tfrecord-vectors is not there: its tests are skipped');

interface Vectors {
  readonly tfrecord_base64: { readonly b64: string; readonly records: string[] }[];
  readonly corrupted: {
    readonly from?: number;
    readonly increment_byte_at?: number;
    readonly bytes?: string;
    readonly error: string;
  }[];
  readonly masked_crc32c: {
    readonly hex?: string;
    readonly repeat?: string;
    readonly ascii?: string;
    readonly range?: string;
    readonly masked?: string;
    readonly crc32c?: string;
  }[];
}

const scan = (file: Uint8Array) => scanFrames(file, 1_000_000);

describe.skipIf(!present)('files that TensorFlow wrote', () => {
  const vectors = present
    ? (JSON.parse(readFileSync(path.join(folder, 'vectors.json'), 'utf8')) as Vectors)
    : null;

  it('have these records, and are written the same', () => {
    for (const { b64, records } of vectors!.tfrecord_base64) {
      const file = Buffer.from(b64, 'base64');
      const frames = scan(file);
      expect(frames.map((frame) => frame.kind === 'record' && Buffer.from(frame.payload).toString())).toEqual(
        records,
      );
      expect(Buffer.compare(encodeTfRecordFile(records.map((text) => Buffer.from(text))), file)).toBe(0);
    }
  });

  it('are damaged in these ways when a byte is changed', () => {
    const codes: Record<string, string> = {
      'length crc': 'TFRECORD_LENGTH_CRC_MISMATCH',
      'data crc': 'TFRECORD_DATA_CRC_MISMATCH',
      'fewer than 12 bytes': 'TFRECORD_TRUNCATED',
    };
    for (const { from, increment_byte_at, bytes, error } of vectors!.corrupted) {
      const file = Buffer.from(bytes ?? Buffer.from(vectors!.tfrecord_base64[from!]!.b64, 'base64'));
      if (increment_byte_at !== undefined) file[increment_byte_at]!++;
      expect(scan(file).map((frame) => frame.kind === 'damage' && frame.code)).toEqual([codes[error]]);
    }
  });

  it('have these checksums', () => {
    const range = Uint8Array.from({ length: 32 }, (_, i) => i);
    for (const { hex, repeat, ascii, range: order, masked, crc32c: plain } of vectors!.masked_crc32c) {
      let bytes: Uint8Array = order?.startsWith('1f') ? range.toReversed() : range;
      if (hex !== undefined) bytes = Buffer.from(hex, 'hex');
      if (ascii !== undefined) bytes = Buffer.from(ascii);
      if (repeat !== undefined) bytes = Buffer.alloc(32, 0xff);
      if (masked !== undefined) expect(maskedCrc32c(bytes)).toBe(Number(masked));
      if (plain !== undefined) expect(crc32c(bytes)).toBe(Number(plain));
    }
  });

  it.each(['next_page.tfrecord.gz', 'penguin_eval.tfrecord.gz'])(
    '%s decodes as protobufjs has it',
    async (name) => {
      const file = readFileSync(path.join(folder, name));
      const stream = new DecompressedStream(streamOf(file, 100));
      const plain = Buffer.concat(await collect(stream));
      expect(stream).toMatchObject({ compression: 'gzip', fault: null });
      const frames = scan(plain);
      expect(frames.length).toBeGreaterThan(0);
      for (const frame of frames) {
        if (frame.kind !== 'record') throw new Error(frame.code);
        const example = decodeExample(frame.payload);
        expect(example.context.size).toBeGreaterThan(0);
        expect(example).toEqual(decodeByProtobufjs(frame.payload));
      }
    },
  );
});
