import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectShallow } from '../../../shared/protocols/json-depth.ts';

const refuses = (text: string) => {
  try {
    expectShallow(Buffer.from(text));
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'REQUEST_INVALID' });
    return true;
  }
};

it('32 lists and objects within each other are taken, 33 are not', () => {
  expect(refuses(`${'[{"a":'.repeat(16)}1${'}]'.repeat(16)}`)).toBe(false);
  expect(refuses(`[${'[{"a":'.repeat(16)}1${'}]'.repeat(16)}]`)).toBe(true);
});

it('brackets in strings are none, whatever is escaped before them', () => {
  const brackets = '['.repeat(40);
  expect(refuses(JSON.stringify({ [brackets]: [brackets, `\\"${brackets}`, '\\'] }))).toBe(false);
  expect(refuses(`["\\\\", ${brackets}`)).toBe(true);
  expect(refuses(`"${brackets}`)).toBe(false);
});

it('says the same as counting what was parsed', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  const any = fc.tuple(fc.jsonValue({ maxDepth: 6 }), fc.nat(40)).map(([value, depth]) => {
    let wrapped: unknown = value;
    for (let i = 0; i < depth; i++) wrapped = i % 2 ? [wrapped, ']'] : { '[': wrapped };
    return wrapped;
  });
  fc.assert(fc.property(any, (value) => refuses(JSON.stringify(value)) === depthOf(value) > 32));
});
