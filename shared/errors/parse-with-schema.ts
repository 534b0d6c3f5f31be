import type * as z from 'zod';
import type { ErrorCode } from './catalogue.ts';
import { EarshotError, type ErrorDetails } from './earshot-error.ts';

/**
 * Parses `value` by `schema`; what does not fit becomes `code` with the first issue's path, expected and received
 * value, and the number of further issues.
 */
export function parseWithSchema<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ErrorCode,
  where: ErrorDetails = {},
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue, ...others] = result.error.issues;
  const { path, expected } = described(issue!);
  throw new EarshotError(code, {
    ...where,
    path: path.length === 0 ? '(the whole document)' : pathText(path),
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

/** `clips[0].frames[3]` from `['clips', 0, 'frames', 3]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i ? '.' : ''}${String(part)}`))
    .join('');
}

/** A value as JSON, cut to 80 characters: enough to recognise it, never a whole body. */
export function preview(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );
}
