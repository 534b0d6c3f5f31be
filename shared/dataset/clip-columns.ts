import type { ClipSink } from '../validation/clip-scanner.ts';
import type { ClipView } from '../validation/clip-view.ts';
import { ByteStrings } from './byte-strings.ts';
import type { EmbeddingShape } from './clip-rows.ts';

/**
 * The good clips of a file as columns, in file order: no object a clip. The frames stay where they are until they are
 * copied into a shard, so this holds the decompressed file.
 */
export class ClipColumns implements ClipSink {
  readonly shape: EmbeddingShape;
  readonly ids = new ByteStrings();
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** The labels of clip i are `labels[labelOffsets[i] .. labelOffsets[i + 1])`. */
  readonly labels: number[] = [];
  readonly labelOffsets = [0];
  /** Frame j of clip i begins at `frames[i][firstFrames[i] + j * frameStrides[i]]`. */
  readonly frames: (Uint8Array | Float32Array)[] = [];
  readonly firstFrames: number[] = [];
  readonly frameStrides: number[] = [];
  readonly frameCounts: number[] = [];

  constructor(shape: EmbeddingShape) {
    this.shape = shape;
  }

  get clips(): number {
    return this.starts.length;
  }

  clip(view: ClipView): void {
    this.ids.add(view.idBytes, view.idStart, view.idEnd);
    this.starts.push(view.startTime);
    this.ends.push(view.endTime);
    for (let i = 0; i < view.labelCount; i++) this.labels.push(view.labels[i]!);
    this.labelOffsets.push(this.labels.length);
    this.frames.push(view.frames);
    this.firstFrames.push(view.firstFrame);
    this.frameStrides.push(view.frameStride);
    this.frameCounts.push(view.frameCount);
  }

  /** Bad records have no place in a shard. */
  bad(): void {}
}
