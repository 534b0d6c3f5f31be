import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { ClipTable } from '../../shared/dataset/clip-table.ts';
import { runPython } from './oracle-python.ts';

const depth = 50;
/** Trainer and function may compute on unlike engines. */
const tolerance = 1e-5;

/** For each label that is named, rows of the highest scores. */
const program = `
import json, sys
import numpy as np
scores = np.fromfile(sys.argv[1], '<f4').reshape(-1, int(sys.argv[2]))
print(json.dumps({k: np.argsort(-scores[:, int(k)], kind='stable')[:int(sys.argv[3])].tolist() for k in sys.argv[4].split(',')}))
`;

interface Found {
  readonly clips: readonly {
    id: string;
    probability: number;
    start_seconds: number;
    labels: { index: number }[];
  }[];
}

/** That searches find what a ranking of all scores `[clips, labels]` by numpy finds, with the truth of the clips. */
export async function expectSearchByNumpy(
  url: string,
  table: ClipTable,
  scores: Float32Array,
  folder: string,
): Promise<void> {
  const labels = scores.length / table.clips;
  const file = path.join(folder, 'scores');
  writeFileSync(file, scores);
  const asked = Array.from({ length: 12 }, (_, i) => 44 * i);
  const ranked = runPython(program, file, `${labels}`, `${depth}`, asked.join()) as Record<string, number[]>;
  const rowOf = new Map(table.ids.map((id, row) => [id, row]));
  for (const label of asked) {
    const response = await fetch(`${url}/search?label=${label}&top_k=${depth}`);
    const { clips } = (await response.json()) as Found;
    const wanted = ranked[label]!.map((row) => scores[row * labels + label]!);
    expect(clips).toHaveLength(depth);
    for (const [place, clip] of clips.entries()) {
      const row = rowOf.get(clip.id)!;
      expect(Math.abs(clip.probability - wanted[place]!)).toBeLessThan(tolerance);
      expect(Math.abs(clip.probability - scores[row * labels + label]!)).toBeLessThan(tolerance);
      expect(clip.start_seconds).toBe(table.starts[row]);
      const truth = table.labelIndices.subarray(table.labelOffsets[row]!, table.labelOffsets[row + 1]!);
      expect(clip.labels.map(({ index }) => index)).toEqual([...truth]);
    }
    expect(new Set(clips.map(({ id }) => id)).size).toBe(depth);
  }
}
