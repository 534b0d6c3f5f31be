import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClipIds } from '../../../shared/validation/clip-ids.ts';

/** Adds each, as bytes amid others; for each the record that had the id before, else -1. */
function addAll(texts: readonly string[]): number[] {
  const ids = new ClipIds();
  return texts.map((text, record) => {
    const bytes = Buffer.from(`<${text}>`);
    return ids.add(bytes, 1, bytes.length - 1, record);
  });
}

const firstOf = (texts: readonly string[]) =>
  texts.map((text, record) => {
    const first = texts.indexOf(text);
    return first < record ? first : -1;
  });

test('an id is found again with the record it was first in', () => {
  const anyTexts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 4 }), {
    maxLength: 100,
  });
  fc.assert(
    fc.property(anyTexts, (texts) => {
      expect(addAll(texts)).toEqual(firstOf(texts));
    }),
  );
});

test('many ids are told apart, and all are found again', () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `clip-${i}`);
  const found = addAll([...texts, ...texts]);
  expect(found.slice(0, texts.length).every((record) => record === -1)).toBe(true);
  expect(found.slice(texts.length)).toEqual(texts.map((_, i) => i));
});
