/** The label columns of a clip table. */
export interface LabelledClips {
  readonly clips: number;
  /** `[n + 1]` */
  readonly labelOffsets: Uint32Array;
  /** Of clip i: `labelIndices[labelOffsets[i] .. labelOffsets[i + 1])`, ascending, each below C. */
  readonly labelIndices: Uint16Array;
}

/** Where the positives of each class would begin, were they listed class by class: `[C + 1]`. */
export function classOffsets({ labelIndices }: LabelledClips, labels: number): Uint32Array {
  const offsets = new Uint32Array(labels + 1);
  for (const label of labelIndices) offsets[label + 1]!++;
  for (let k = 0; k < labels; k++) offsets[k + 1]! += offsets[k]!;
  return offsets;
}
