import type { AnomalyExample, AnomalyGroup } from './anomaly-groups.ts';

/** `37 records`, `1 file`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** For example `37 records: A frame has … (EMBEDDING_WRONG_WIDTH), first at incoming/…, record 3: expected …`. */
export function groupText(group: AnomalyGroup): string {
  const { code, count, unit, message, examples } = group;
  const first = examples[0] === undefined ? '' : `, first at ${exampleText(examples[0])}`;
  return `${counted(count, unit)}: ${message} (${code})${first}`;
}

/** Where it is, what was expected and what was there. */
export function exampleText(example: AnomalyExample): string {
  const { file, record, offset, clip, field, expected, received } = example;
  const where = [
    file,
    record === null ? null : `record ${record}`,
    offset === null ? null : `byte ${offset}`,
    clip === null ? null : `clip ${clip}`,
    field,
  ];
  const seen = [expected === '' ? null : `expected ${expected}`, `received ${received}`];
  return `${where.filter(Boolean).join(', ')}: ${seen.filter(Boolean).join(', ')}`;
}
