import { describe, expect, it } from 'vitest';
import { splitValidation } from '../../../shared/training/validation-split.ts';
import { toneClips } from './tone-clips.ts';

describe('the validation split', () => {
  const table = toneClips({ clips: 4000, width: 1, maxFrames: 1 });
  const { train, validation } = splitValidation(table);

  it('is about a twentieth of the training clips, and no clip is on both sides', () => {
    expect(validation.length).toBeGreaterThan(150);
    expect(validation.length).toBeLessThan(250);
    const rows = [...train, ...validation].sort((a, b) => a - b);
    expect(rows).toEqual(Array.from({ length: 4000 }, (_, row) => row));
  });

  it('keeps a clip on its side when others come and go', () => {
    const ids = table.ids.slice(2000);
    const half = { ...table, clips: 2000, ids };
    const asideOf = (rows: Uint32Array, names: readonly string[]) =>
      new Set(Array.from(rows, (row) => names[row]));
    const before = asideOf(validation, table.ids);
    for (const id of asideOf(splitValidation(half).validation, ids)) expect(before.has(id)).toBe(true);
  });

  it('is empty for a few clips', () => {
    const few = splitValidation(toneClips({ clips: 999, width: 1, maxFrames: 1 }));
    expect([few.train.length, few.validation.length]).toEqual([999, 0]);
  });
});
