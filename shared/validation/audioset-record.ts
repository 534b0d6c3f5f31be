import type { EmbeddingShape } from '../dataset/clip-rows.ts';
import { varint } from '../tfrecord/wire-writer.ts';
import type { ClipView } from './clip-view.ts';

/** The tags of fields 1, 2 and 3, length-delimited; the layout has no others. */
const first = 0x0a;
const second = 0x12;
const third = 0x1a;

const ascii = (text: string) => new TextEncoder().encode(text);
const videoId = ascii('video_id');
const clipId = ascii('clip_id');
const startTime = ascii('start_time_seconds');
const endTime = ascii('end_time_seconds');
const labels = ascii('labels');
const embedding = ascii('audio_embedding');

const maxIdBytes = 255;
const maxLabel = 65535;
/** Labels of one clip; AudioSet has up to 15. */
const mostLabels = 256;

const floatValue = new Float32Array(1);
const floatBytes = new Uint8Array(floatValue.buffer);

/**
 * Reads good records as AudioSet's files have them and TensorFlow writes them, with no object a record: a
 * tf.SequenceExample in the shortest encoding, context before lists, numbers packed; context features in any order, ids
 * in ASCII, labels ascending, uint8 frames. Of all else it says that it does not know; `clipFromRecord` reads that, and
 * says what is wrong with it. What this reads, both read alike.
 */
export class AudiosetRecord implements ClipView {
  idBytes: Uint8Array = new Uint8Array(0);
  idStart = 0;
  idEnd = 0;
  startTime = NaN;
  endTime = NaN;
  readonly labels: number[] = [];
  labelCount = 0;
  frames = this.idBytes;
  firstFrame = 0;
  readonly frameStride: number;
  frameCount = 0;
  private readonly shape: EmbeddingShape;
  /** What stands before the values of each frame. */
  private readonly framePrefix: readonly number[];
  private bytes = this.idBytes;
  private at = 0;

  constructor(shape: EmbeddingShape) {
    this.shape = shape;
    // A value in a BytesList in a Feature in a FeatureList, all of them field 1.
    let prefix: readonly number[] = [];
    for (let depth = 0; depth < 3; depth++) {
      prefix = [first, ...varint(prefix.length + shape.width), ...prefix];
    }
    this.framePrefix = prefix;
    this.frameStride = prefix.length + shape.width;
  }

  /** Whether the record whose payload is `bytes[start .. end)` is a good one of this layout; this is then its view. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.shape.dtype !== 'uint8') return false;
    this.bytes = bytes;
    this.at = start;
    const contextEnd = this.enter(first, end);
    if (contextEnd < 0 || !this.readContext(contextEnd)) return false;
    return this.enter(second, end) === end && this.readFrames(end);
  }

  private readContext(end: number): boolean {
    this.idEnd = 0;
    this.startTime = NaN;
    this.endTime = NaN;
    this.labelCount = 0;
    while (this.at < end) {
      const entryEnd = this.enter(first, end);
      if (entryEnd < 0 || !this.readEntry(entryEnd)) return false;
    }
    const isSpan = this.startTime < this.endTime;
    const hasTimes = !Number.isNaN(this.startTime) || !Number.isNaN(this.endTime);
    return this.idEnd > 0 && this.labelCount > 0 && (isSpan || !hasTimes);
  }

  /** A feature under its name; a second one of the same name is not known here. */
  private readEntry(end: number): boolean {
    const nameEnd = this.enter(first, end);
    if (nameEnd < 0) return false;
    const name = this.at;
    this.at = nameEnd;
    if (this.enter(second, end) !== end) return false;
    // No two names have the same length.
    switch (nameEnd - name) {
      case videoId.length:
        return this.spells(videoId, name) && this.readId(end);
      case clipId.length:
        return this.spells(clipId, name) && this.readId(end);
      case labels.length:
        return this.spells(labels, name) && this.readLabels(end);
      case startTime.length:
        if (!this.spells(startTime, name) || !Number.isNaN(this.startTime)) return false;
        this.startTime = this.readFloat(end);
        return Number.isFinite(this.startTime);
      case endTime.length:
        if (!this.spells(endTime, name) || !Number.isNaN(this.endTime)) return false;
        this.endTime = this.readFloat(end);
        return Number.isFinite(this.endTime);
      default:
        return false;
    }
  }

  private readId(end: number): boolean {
    if (this.idEnd > 0 || this.enter(first, end) !== end || this.enter(first, end) !== end) return false;
    const { bytes, at } = this;
    if (at === end || end - at > maxIdBytes) return false;
    for (let i = at; i < end; i++) if (bytes[i]! > 127) return false;
    this.idBytes = bytes;
    this.idStart = at;
    this.idEnd = end;
    this.at = end;
    return true;
  }

  /** NaN when there is not exactly one. */
  private readFloat(end: number): number {
    if (this.enter(second, end) !== end || this.enter(first, end) !== end || end - this.at !== 4) return NaN;
    for (let i = 0; i < 4; i++) floatBytes[i] = this.bytes[this.at + i]!;
    this.at = end;
    return floatValue[0]!;
  }

  private readLabels(end: number): boolean {
    if (this.labelCount > 0 || this.enter(third, end) !== end || this.enter(first, end) !== end) return false;
    let count = 0;
    let previous = -1;
    while (this.at < end) {
      const label = this.varint(end);
      if (label <= previous || label > maxLabel || count === mostLabels) return false;
      this.labels[count++] = label;
      previous = label;
    }
    this.labelCount = count;
    return true;
  }

  /** The only feature list, in which every frame stands behind the same bytes. */
  private readFrames(end: number): boolean {
    if (this.enter(first, end) !== end) return false;
    const nameEnd = this.enter(first, end);
    if (nameEnd - this.at !== embedding.length || !this.spells(embedding, this.at)) return false;
    this.at = nameEnd;
    if (this.enter(second, end) !== end) return false;
    const { bytes, framePrefix, frameStride, at } = this;
    const frameCount = (end - at) / frameStride;
    if (!Number.isInteger(frameCount) || frameCount < 1 || frameCount > this.shape.maxFrames) return false;
    for (let frame = at; frame < end; frame += frameStride) {
      for (let i = 0; i < framePrefix.length; i++) if (bytes[frame + i] !== framePrefix[i]) return false;
    }
    this.frames = bytes;
    this.firstFrame = at + framePrefix.length;
    this.frameCount = frameCount;
    return true;
  }

  private spells(name: Uint8Array, at: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
    return true;
  }

  /** Goes into a field with this tag; its end, or -1 when there is none or it does not end in time. */
  private enter(tag: number, end: number): number {
    const { bytes, at } = this;
    if (end - at < 2 || bytes[at] !== tag) return -1;
    this.at = at + 1;
    const length = this.varint(end);
    return length < 0 || length > end - this.at ? -1 : this.at + length;
  }

  /** 0..2^28-1; -1 when it is larger or cut. */
  private varint(end: number): number {
    const { bytes } = this;
    let at = this.at;
    let value = 0;
    for (let shift = 0; shift < 28 && at < end; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte > 127) continue;
      this.at = at;
      return value;
    }
    return -1;
  }
}
