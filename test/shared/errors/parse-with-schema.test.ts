import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseWithSchema, pathText, preview } from '../../../shared/errors/parse-with-schema.ts';

const schema = z.strictObject({
  name: z.string(),
  clips: z.array(z.strictObject({ frames: z.array(z.number().min(0).max(255)) })).optional(),
  dtype: z.enum(['uint8', 'float32']).default('uint8'),
  model: z
    .string()
    .regex(/^[a-z]+$/, 'a name: of small letters')
    .optional(),
});
const parse = (value: unknown) => parseWithSchema(schema, value, 'REQUEST_INVALID', { file: 'f' });

describe('parsing by a schema', () => {
  it('gives the value, with its defaults', () => {
    expect(parse({ name: 'a' })).toEqual({ name: 'a', dtype: 'uint8' });
  });

  it.each([
    [{}, 'name', 'string', 'nothing'],
    [null, '(the whole document)', 'object', 'null'],
    [[1], '(the whole document)', 'object', '[1]'],
    [{ name: 7 }, 'name', 'string', '7'],
    [{ name: 'a', dtype: 'int8' }, 'dtype', 'one of "uint8"|"float32"', '"int8"'],
    [{ name: 'a', nmae: 'b' }, 'nmae', 'no such property', '"b"'],
    [
      { name: 'a', clips: [{ frames: [1] }, { frames: [], top: 1 }] },
      'clips[1].top',
      'no such property',
      '1',
    ],
    [{ name: 'a', clips: [{ frames: [0, 256] }] }, 'clips[0].frames[1]', 'number to be <=255', '256'],
    [
      { name: 'a', clips: [{ frames: [-1, 256] }] },
      'clips[0].frames[0]',
      'number to be >=0 (and 1 more)',
      '-1',
    ],
    [{ name: 'a', model: 'A' }, 'model', 'a name: of small letters', '"A"'],
  ])('of %j names path, expected and received', (value, path, expected, received) => {
    expect(() => parse(value)).toThrowError(
      expect.objectContaining({ code: 'REQUEST_INVALID', details: { file: 'f', path, expected, received } }),
    );
  });

  it('names where it looked when nothing is there', () => {
    expect(() => parse({ name: 'a', clips: null })).toThrowError(
      expect.objectContaining({ details: expect.objectContaining({ path: 'clips', received: 'null' }) }),
    );
  });
});

it('paths read as one writes them', () => {
  expect(pathText([])).toBe('');
  expect(pathText(['clips', 0, 'frames', 3])).toBe('clips[0].frames[3]');
  expect(pathText([2, 'id'])).toBe('[2].id');
});

it('previews are short, whatever the value', () => {
  expect(preview(undefined)).toBe('nothing');
  expect(preview('x'.repeat(1000))).toBe(`"${'x'.repeat(76)}...`);
  expect(preview('x'.repeat(1000))).toHaveLength(80);
  expect(preview(() => 1)).toBe('() => 1');
});
