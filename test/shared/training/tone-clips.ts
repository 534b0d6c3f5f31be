import type { ClipTable } from '../../../shared/dataset/clip-table.ts';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';

export interface ToneOptions {
  readonly clips: number;
  readonly labels?: number;
  readonly width?: number;
  readonly maxFrames?: number;
  readonly seed?: number;
  readonly dtype?: 'uint8' | 'float32';
}

/**
 * A small learnable set: each label has a direction in the embedding space that shows in every frame of
 * its clips, under noise. One clip in four has no label, one in four two; one in three is short.
 */
export function toneClips(options: ToneOptions): ClipTable {
  const { clips, labels = 4, width = 8, maxFrames = 3, seed = 1, dtype = 'uint8' } = options;
  const random = new SeededRandom(seed);
  const directions = new SeededRandom(99);
  const tones = Array.from({ length: labels }, () =>
    Array.from({ length: width }, () => 25 * directions.normal()),
  );
  const frames =
    dtype === 'uint8'
      ? new Uint8Array(clips * maxFrames * width)
      : new Float32Array(clips * maxFrames * width);
  const frameCounts = new Uint16Array(clips);
  const labelOffsets = new Uint32Array(clips + 1);
  const indices: number[] = [];
  for (let i = 0; i < clips; i++) {
    const own = [
      ...new Set(Array.from({ length: [0, 1, 1, 2][random.below(4)]! }, () => random.below(labels))),
    ].sort();
    frameCounts[i] = random.below(3) === 0 ? 1 + random.below(maxFrames) : maxFrames;
    for (let t = 0; t < frameCounts[i]!; t++) {
      for (let k = 0; k < width; k++) {
        const value = 128 + own.reduce((sum, label) => sum + tones[label]![k]!, 25 * random.normal());
        const byte = Math.min(255, Math.max(0, Math.round(value)));
        frames[(i * maxFrames + t) * width + k] = dtype === 'uint8' ? byte : (byte - 100) / 7;
      }
    }
    indices.push(...own);
    labelOffsets[i + 1] = indices.length;
  }
  return {
    clips,
    width,
    maxFrames,
    frames,
    frameCounts,
    labelOffsets,
    labelIndices: Uint16Array.from(indices),
    ids: Array.from({ length: clips }, (_, i) => `clip-${seed}-${i}`),
    starts: new Float32Array(clips),
    ends: new Float32Array(clips).fill(maxFrames),
  };
}
