import { ChunkWindow, type Progress } from './chunk-window.ts';
import { maskedCrc32c } from './crc32c.ts';
import type { DamageCode, FrameSink } from './frame.ts';
import {
  announcedLength,
  findHeader,
  footerBytes,
  headerBytes,
  lengthAt,
  recordOverheadBytes,
  uint32At,
} from './record-header.ts';

const maxPartBytes = 1024 * 1024;
/** Returned by a step that needs more bytes than there are. */
const wait = -1;

/** A span that is no good record, still growing until a header is found behind it. */
interface OpenDamage {
  readonly code: DamageCode;
  readonly expected: string;
  readonly received: string;
  /** Bytes, from where it stands now, in which no record begins. */
  searched: number;
  parts: number;
}

/**
 * Splits a TFRecord stream into records and damage. Holds about two records of the largest allowed size at worst; no
 * announced length is believed before it was compared with that limit.
 *
 * After damage the stream is searched for the next 12 bytes that are a record header by their checksum. A record
 * with a wrong data checksum is first searched inside: where bytes are missing, the next record begins before the
 * announced end. The frames do not depend on how the stream is cut into chunks.
 */
export class FrameScanner {
  private readonly window = new ChunkWindow((bytes, final) => this.parse(bytes, final));
  private readonly maxRecordBytes: number;
  private readonly sink: FrameSink;
  private open: OpenDamage | null = null;
  private index = 0;
  /** Offset in the stream of the window's first byte. */
  private base = 0;
  private need = headerBytes;
  /** Bytes whose checksum was computed in vain because announced records overlap. */
  private overlapped = 0;

  constructor(limits: { readonly maxRecordBytes: number }, sink: FrameSink) {
    this.maxRecordBytes = limits.maxRecordBytes;
    this.sink = sink;
  }

  /** Gives the frames that `chunk` completes. It must not be written to afterwards: what the sink gets lies in it. */
  push(chunk: Uint8Array): void {
    this.window.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  /** Gives the frames that the end of the stream completes. */
  end(): void {
    this.window.end();
  }

  private parse(bytes: Uint8Array, final: boolean): Progress {
    let at = 0;
    for (;;) {
      const next =
        this.open === null ? this.readRecord(bytes, at, final) : this.search(this.open, bytes, at, final);
      if (next === wait) break;
      at = next;
    }
    this.base += at;
    return { consumed: at, need: this.need };
  }

  private waitFor(need: number): number {
    this.need = need;
    return wait;
  }

  private readRecord(bytes: Uint8Array, at: number, final: boolean): number {
    const left = bytes.length - at;
    if (left < headerBytes) {
      if (left === 0 || !final) return this.waitFor(headerBytes);
      const expected = `a record header of ${headerBytes} bytes`;
      return this.damage(
        at,
        left,
        'TFRECORD_TRUNCATED',
        expected,
        `${left} bytes before the end of the file`,
      );
    }
    const length = lengthAt(bytes, at);
    if (length < 0) return this.lengthDamaged(bytes, at);
    if (length > this.maxRecordBytes) {
      const expected = `at most ${this.maxRecordBytes} bytes`;
      return this.damage(at, headerBytes, 'TFRECORD_RECORD_TOO_LARGE', expected, `${length} bytes`);
    }
    const end = at + recordOverheadBytes + length;
    if (end > bytes.length) {
      return final ? this.cutShort(bytes, at, length) : this.waitFor(recordOverheadBytes + length);
    }
    const dataEnd = end - footerBytes;
    if (maskedCrc32c(bytes, at + headerBytes, dataEnd) !== uint32At(bytes, dataEnd)) {
      return this.dataDamaged(bytes, at, end, final);
    }
    this.sink.record(bytes, at + headerBytes, dataEnd, this.index++, this.base + at);
    return end;
  }

  private lengthDamaged(bytes: Uint8Array, at: number): number {
    const expected = `checksum ${hex(uint32At(bytes, at + 8))} of the length, as stored`;
    const computed = hex(maskedCrc32c(bytes, at, at + 8));
    const received = `checksum ${computed} of the length ${announcedLength(bytes, at)}`;
    return this.damage(at, 1, 'TFRECORD_LENGTH_CRC_MISMATCH', expected, received);
  }

  /** The stream ends before the record does: either it was cut, or bytes of this record are missing. */
  private cutShort(bytes: Uint8Array, at: number, length: number): number {
    const next = this.find(bytes, at + headerBytes, bytes.length);
    const expected = `${length} bytes of data and a checksum`;
    if (next >= 0) return this.intruded(at, next, expected);
    const left = bytes.length - at;
    const received = `${left - headerBytes} bytes before the end of the file`;
    return this.damage(at, left, 'TFRECORD_TRUNCATED', expected, received);
  }

  private intruded(at: number, next: number, expected: string): number {
    const received = `another record after ${next - at - headerBytes} bytes`;
    return this.damage(at, next - at, 'TFRECORD_DATA_CRC_MISMATCH', expected, received);
  }

  private dataDamaged(bytes: Uint8Array, at: number, end: number, final: boolean): number {
    if (!final && bytes.length < end + headerBytes) return this.waitFor(end + headerBytes - at);
    const dataEnd = end - footerBytes;
    const length = dataEnd - at - headerBytes;
    const inside = this.find(bytes, at + headerBytes, end);
    if (inside >= 0) {
      this.overlapped += end - inside;
      return this.intruded(at, inside, `${length} bytes of data and a checksum`);
    }
    const expected = `checksum ${hex(uint32At(bytes, dataEnd))}, as stored`;
    const computed = hex(maskedCrc32c(bytes, at + headerBytes, dataEnd));
    const received = `checksum ${computed} of ${length} bytes`;
    const whole = () => {
      this.sink.damage({
        code: 'TFRECORD_DATA_CRC_MISMATCH',
        index: this.index++,
        offset: this.base + at,
        length: end - at,
        bytes: bytes.subarray(at + headerBytes, dataEnd),
        part: 0,
        expected,
        received,
      });
      return end;
    };
    if (end === bytes.length || lengthAt(bytes, end) >= 0) return whole();

    // No record begins at the announced end: bytes were added here, or the next header is damaged too. The latter is
    // certain when everything up to the header after next is data with its own checksum behind it.
    const furthest = end + recordOverheadBytes + this.maxRecordBytes;
    const found = this.find(bytes, end + 1, furthest + 1);
    if (found < 0 && !final && bytes.length < furthest + headerBytes) {
      return this.waitFor(Math.min(furthest + headerBytes, 2 * bytes.length) - at);
    }
    const next = found < 0 && final ? bytes.length : found;
    if (isRecordBehindBadHeader(bytes, end, next)) return whole();
    const searched = (found < 0 ? end + 1 : found) - at;
    return this.damage(at, searched, 'TFRECORD_DATA_CRC_MISMATCH', expected, received);
  }

  /** Opens a damaged span at `at`, in whose first `searched` bytes no record begins. */
  private damage(at: number, searched: number, code: DamageCode, expected: string, received: string): number {
    this.open = { code, expected, received, searched, parts: 0 };
    return at;
  }

  private search(open: OpenDamage, bytes: Uint8Array, at: number, final: boolean): number {
    const found = this.find(bytes, at + open.searched, bytes.length);
    if (found >= 0 || final) {
      const stop = found >= 0 ? found : bytes.length;
      for (let start = at; start < stop; start += maxPartBytes) {
        this.givePart(open, bytes, start, Math.min(start + maxPartBytes, stop));
      }
      this.open = null;
      this.index++;
      return stop;
    }
    const left = bytes.length - at;
    open.searched = Math.max(open.searched, left - headerBytes + 1);
    if (open.searched < maxPartBytes) return this.waitFor(Math.min(maxPartBytes + headerBytes, 2 * left + 1));
    open.searched -= maxPartBytes;
    return this.givePart(open, bytes, at, at + maxPartBytes);
  }

  private givePart(open: OpenDamage, bytes: Uint8Array, start: number, end: number): number {
    const { code, expected, received } = open;
    this.sink.damage({
      code,
      index: this.index,
      offset: this.base + start,
      length: end - start,
      bytes: bytes.subarray(start, end),
      part: open.parts++,
      expected,
      received,
    });
    return end;
  }

  /**
   * Headers that announce overlapping records each cost a checksum over the same bytes. No accident makes many of
   * them; beyond a few times the file's size they are no longer followed, so that nobody can buy hours of work with
   * a small file.
   */
  private find(bytes: Uint8Array, from: number, to: number): number {
    if (this.overlapped > 4 * (this.base + from + this.maxRecordBytes)) return -1;
    return findHeader(bytes, from, to, this.maxRecordBytes);
  }
}

/** Whether `[at, end)` is one record of which only the first 12 bytes are damaged. */
function isRecordBehindBadHeader(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < recordOverheadBytes) return false;
  const dataEnd = end - footerBytes;
  return maskedCrc32c(bytes, at + headerBytes, dataEnd) === uint32At(bytes, dataEnd);
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, '0')}`;
}
