import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audiosetLabels, formatLabelList, parseLabelList } from '../../../shared/dataset/label-list.ts';

const file = 'datasets/mine.labels.csv';
const header = 'index,mid,display_name';

describe("AudioSet's label list", () => {
  it('ships whole: 527 labels from Speech to Field recording, no index, mid or name twice', () => {
    expect(audiosetLabels).toHaveLength(527);
    expect(audiosetLabels[0]).toEqual({ index: 0, mid: '/m/09x0r', displayName: 'Speech' });
    expect(audiosetLabels[526]).toEqual({ index: 526, mid: '/m/07hvw1', displayName: 'Field recording' });
    expect(audiosetLabels.map(({ index }) => index)).toEqual(Array.from({ length: 527 }, (_, i) => i));
    expect(new Set(audiosetLabels.map(({ mid }) => mid)).size).toBe(527);
    expect(new Set(audiosetLabels.map(({ displayName }) => displayName)).size).toBe(527);
  });
});

describe('a label list', () => {
  const anyName = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
  const anyLabels = fc
    .tuple(
      fc.uniqueArray(anyName, { minLength: 1, maxLength: 20 }),
      fc.uniqueArray(anyName, { minLength: 20, maxLength: 20 }),
    )
    .map(([names, mids]) => names.map((displayName, index) => ({ index, mid: mids[index]!, displayName })));

  it('that was written is read back, whatever the names', () => {
    fc.assert(
      fc.property(anyLabels, (labels) => {
        expect(parseLabelList(formatLabelList(labels), file)).toEqual(labels);
      }),
    );
    expect(parseLabelList(formatLabelList(audiosetLabels), file)).toEqual(audiosetLabels);
  });

  it('may have quotes, a byte order mark, Windows line ends and empty lines', () => {
    const csv = `\uFEFF${header}\r\n0,/m/a,"Male speech, ""man"" speaking"\r\n\r\n1,/m/b,Sigh\r\n`;
    expect(parseLabelList(csv, file)).toEqual([
      { index: 0, mid: '/m/a', displayName: 'Male speech, "man" speaking' },
      { index: 1, mid: '/m/b', displayName: 'Sigh' },
    ]);
  });

  it.each([
    ['', 'line 1', header, 'nothing'],
    ['index,mid,name\n0,a,b\n', 'line 1', header, 'index,mid,name'],
    [`${header}\n`, 'line 2', 'at least one label', 'nothing'],
    [`${header}\n0,a,A\n1,b\n`, 'line 3', '3 columns', '2'],
    [`${header}\n0,a,A\n1,b,B,more\n`, 'line 3', '3 columns', '4'],
    [`${header}\n0,a,A\n2,b,B\n`, 'line 3', 'index 1', '2'],
    [`${header}\n0,a,A\n01,b,B\n`, 'line 3', 'index 1', '01'],
    [`${header}\n0,,A\n`, 'line 2', 'mid and display_name', '0,,A'],
    [`${header}\n0,a,\n`, 'line 2', 'mid and display_name', '0,a,'],
    [`${header}\n0,a,A\n1,b,B\n2,c,A\n`, 'line 4', 'a display_name of its own', '"A" as in line 2'],
    [`${header}\n0,a,A\n1,b,B\n2,b,C\n`, 'line 4', 'a mid of its own', '"b" as in line 3'],
    [`${header}\n\n0,a,A\n\n\n5,b,B\n`, 'line 6', 'index 1', '5'],
    [`${header}\n0,a,"two\nlines"\n5,b,B\n`, 'line 4', 'index 1', '5'],
  ])('%j is refused, and its line named', (csv, field, expected, received) => {
    expect(() => parseLabelList(csv, file)).toThrowError(
      expect.objectContaining({ code: 'LABEL_LIST_INVALID', details: { file, field, expected, received } }),
    );
  });

  it('with a quote that is never closed is refused, and the line named', () => {
    expect(() => parseLabelList(`${header}\n0,a,"A\n`, file)).toThrowError(
      expect.objectContaining({
        code: 'LABEL_LIST_INVALID',
        details: expect.objectContaining({ file, received: expect.stringMatching(/line/) }),
      }),
    );
  });
});
