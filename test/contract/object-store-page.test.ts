import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { conformanceTable } from './s3/conformance-table.ts';
import { motoDeviations, rgwDeviations } from './s3/deviations.ts';
import { s3Checks } from './s3/s3-checks.ts';

const page = new URL('../../docs/object-store.md', import.meta.url);

it.each([
  ['RGW', rgwDeviations],
  ['moto', motoDeviations],
])('every listed deviation of %s is one from a check of the suite', (_, deviations) => {
  for (const [name, seen] of Object.entries(deviations)) {
    const expected = s3Checks.find((check) => check.name === name)?.expected;
    expect(expected, name).toBeDefined();
    for (const [what, how] of Object.entries(seen)) {
      expect(expected?.[what], `${name}: ${what}`).toBeDefined();
      expect(expected?.[what], `${name}: ${what}`).not.toBe(typeof how === 'string' ? how : how.atTimes);
    }
  }
});

it('docs/object-store.md shows the table of the suite (vitest --update writes it)', async () => {
  const text = readFileSync(page, 'utf8');
  const [before, after] = ['<!-- conformance: begin -->', '<!-- conformance: end -->'].map((mark) => {
    const at = text.indexOf(mark);
    expect(at, mark).toBeGreaterThan(0);
    return at;
  });
  const wanted = `${text.slice(0, before)}<!-- conformance: begin -->\n${conformanceTable()}\n${text.slice(after)}`;
  await expect(wanted).toMatchFileSnapshot(page.pathname);
});

it('no two checks have the same name', () => {
  expect(new Set(s3Checks.map(({ name }) => name)).size).toBe(s3Checks.length);
});
