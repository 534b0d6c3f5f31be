import type { ClipTable } from '../dataset/clip-table.ts';

/** What the clips of one split look like. */
export interface SplitStatistics {
  readonly clips: number;
  /** Labels given, over all clips. */
  readonly labels: number;
  /** Label index → clips that have it. */
  readonly clipsPerLabel: readonly number[];
  /** Number of labels → clips that have so many. */
  readonly clipsPerLabelCount: readonly number[];
  /** Number of frames → clips that have so many; index 0 is always 0. */
  readonly clipsPerFrameCount: readonly number[];
  /** Byte value → how often, over the frames that count; empty for float embeddings. */
  readonly byteHistogram: readonly number[];
}

/** Gathers statistics table by table; memory does not grow with the clips. */
export class SplitGatherer {
  private clips = 0;
  private labels = 0;
  private readonly perLabel: number[];
  private readonly perLabelCount: number[] = [];
  private readonly perFrameCount: number[];
  private readonly bytes = new Float64Array(256);
  private sawBytes = false;

  constructor(labelCount: number, maxFrames: number) {
    this.perLabel = new Array<number>(labelCount).fill(0);
    this.perFrameCount = new Array<number>(maxFrames + 1).fill(0);
  }

  /** Adds the given rows of a table. */
  add(table: ClipTable, rows: readonly number[]): void {
    const { width, maxFrames, frames, frameCounts, labelOffsets, labelIndices } = table;
    for (const row of rows) {
      const first = labelOffsets[row]!;
      const last = labelOffsets[row + 1]!;
      this.clips++;
      this.labels += last - first;
      this.perLabelCount[last - first] = (this.perLabelCount[last - first] ?? 0) + 1;
      for (let i = first; i < last; i++) this.perLabel[labelIndices[i]!]!++;
      const count = frameCounts[row]!;
      this.perFrameCount[count]!++;
      if (!(frames instanceof Uint8Array)) continue;
      this.sawBytes = true;
      const start = row * maxFrames * width;
      for (let i = start; i < start + count * width; i++) this.bytes[frames[i]!]!++;
    }
  }

  finish(): SplitStatistics {
    return {
      clips: this.clips,
      labels: this.labels,
      clipsPerLabel: this.perLabel,
      clipsPerLabelCount: Array.from(this.perLabelCount, (count) => count ?? 0),
      clipsPerFrameCount: this.perFrameCount,
      byteHistogram: this.sawBytes ? [...this.bytes] : [],
    };
  }
}
