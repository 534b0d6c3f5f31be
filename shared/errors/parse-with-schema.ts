import type * as z from 'zod';
import type { ErrorCode } from './catalogue.ts';
import { EarshotError, type ErrorDetails } from './earshot-error.ts';

/** Names and indices from the whole to a part. */
export type PathLike = readonly PropertyKey[];

/**
 * Parses `value`, which stands at the path `at` of a document, by `schema`; what does not fit becomes `code` with the
 * first issue's path, expected and received value, and the number of further issues.
 */
export function parseWithSchema<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ErrorCode,
  where: ErrorDetails = {},
  at: readonly PropertyKey[] = [],
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue, ...others] = result.error.issues;
  const { path, expected } = described(issue!);
  throw new EarshotError(code, {
    ...where,
    path: at.length + path.length === 0 ? '(the whole document)' : pathText([...at, ...path]),
    expected: `${expected}${others.length > 0 ? ` (and ${others.length} more)` : ''}`,
    received: preview(valueAt(value, path)),
  });
}

/** An unknown property is found at the object that has it; the path here leads to the property. */
function described(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; expected: string } {
  if (issue.code === 'unrecognized_keys') {
    return { path: [...issue.path, issue.keys[0]!], expected: 'no such property' };
  }
  // zod's own messages read "Invalid input: expected string, received undefined"; ours have no colon.
  const [, expected = issue.message] = /^[^:]+: expected (.+?)(?:, received .*)?$/.exec(issue.message) ?? [];
  return { path: issue.path, expected };
}

/** `clips[0].frames[3]` from `['clips', 0, 'frames', 3]`; names, which may be of any length, are cut. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i ? '.' : ''}${cut(String(part))}`))
    .join('');
}

/** A value as JSON, cut to 80 characters: enough to recognise it, never a whole body. */
export function preview(value: unknown): string {
  return value === undefined ? 'nothing' : cut(jsonOf(value));
}

/** JSON that was read may be nested deeper than it can be written. */
function jsonOf(value: unknown): string {
  // NaN and infinity have no JSON.
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? 'a list nested very deeply' : 'an object nested very deeply';
  }
}

const cut = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}...` : text);

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );
}
