import type { Clip } from '../dataset/clip-table.ts';

/**
 * Where the parts of a clip lie, without copies or objects of their own. One view serves one record after another: it
 * is good only until the next record is read. The bytes themselves stay as they are.
 */
export interface ClipView {
  /** The clip id is `idBytes[idStart .. idEnd)`, 1..255 bytes of UTF-8. */
  readonly idBytes: Uint8Array;
  readonly idStart: number;
  readonly idEnd: number;
  /** Seconds; NaN when the source did not say. */
  readonly startTime: number;
  readonly endTime: number;
  /** The first `labelCount` are the clip's: ascending, no doubles, 0..65535. */
  readonly labels: readonly number[];
  readonly labelCount: number;
  /** Frame i, `width` values, begins at `frames[firstFrame + i * frameStride]`. */
  readonly frames: Uint8Array | Float32Array;
  readonly firstFrame: number;
  readonly frameStride: number;
  /** 1..maxFrames. */
  readonly frameCount: number;
}

export function viewOfClip({ id, start, end, labels, frames, frameCount }: Clip): ClipView {
  const idBytes = Buffer.from(id, 'utf8');
  return {
    idBytes,
    idStart: 0,
    idEnd: idBytes.length,
    startTime: start,
    endTime: end,
    labels,
    labelCount: labels.length,
    frames,
    firstFrame: 0,
    frameStride: frames.length / frameCount,
    frameCount,
  };
}

/** A copy that outlives the view. */
export function clipOfView(view: ClipView, width: number): Clip {
  const { startTime, endTime, frameCount, frameStride } = view;
  const frames = new (view.frames instanceof Uint8Array ? Uint8Array : Float32Array)(frameCount * width);
  for (let i = 0, from = view.firstFrame; i < frameCount; i++, from += frameStride) {
    frames.set(view.frames.subarray(from, from + width), i * width);
  }
  const labels = view.labels.slice(0, view.labelCount);
  const id = Buffer.from(
    view.idBytes.buffer,
    view.idBytes.byteOffset + view.idStart,
    view.idEnd - view.idStart,
  );
  return { id: id.toString('utf8'), start: startTime, end: endTime, labels, frameCount, frames };
}
