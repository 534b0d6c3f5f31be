import { closest, distance } from 'fastest-levenshtein';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import {
  cosEventSchema,
  functionSchema,
  httpEventSchema,
  jobSchema,
  providerSchema,
} from './service-schema.ts';

type Node = Readonly<Record<string, unknown>>;

const frameworkProviderKeys = ['name', 'stage'];
const frameworkFunctionKeys = ['events', 'name', 'description', 'package', 'tags'];
const events = { cos: cosEventSchema, http: httpEventSchema, cron: null } as const;

/**
 * The framework says which property it does not know; this says, before it, which one was probably meant.
 * @throws SERVICE_INVALID for the first unknown property
 */
export function refuseMisspellings(configuration: unknown): void {
  const root = nodeOf(configuration);
  expectKeys(root['provider'], 'provider', [...Object.keys(providerSchema.shape), ...frameworkProviderKeys]);
  for (const [name, fn] of Object.entries(nodeOf(root['functions']))) {
    const path = `functions.${name}`;
    expectKeys(fn, path, [...Object.keys(functionSchema.shape), ...frameworkFunctionKeys]);
    const listed = nodeOf(fn)['events'];
    for (const [i, event] of (Array.isArray(listed) ? listed : []).entries()) {
      expectKeys(event, `${path}.events[${i}]`, Object.keys(events));
      for (const [kind, schema] of Object.entries(events)) {
        const inner = nodeOf(event)[kind];
        if (schema !== null) expectKeys(inner, `${path}.events[${i}].${kind}`, Object.keys(schema.shape));
      }
    }
  }
  for (const [name, job] of Object.entries(nodeOf(root['jobs']))) {
    expectKeys(job, `jobs.${name}`, Object.keys(jobSchema.shape));
  }
}

function expectKeys(node: unknown, path: string, known: readonly string[]): void {
  for (const key of Object.keys(nodeOf(node))) {
    if (known.includes(key)) continue;
    throw new EarshotError('SERVICE_INVALID', {
      file: 'serverless.yml',
      path: `${path}.${key}`,
      expected: `one of ${known.join(', ')}`,
      received: `"${key}"${didYouMean(key, known)}`,
    });
  }
}

/** ` - did you mean "…"?` when at most a third of the letters differ, else nothing. */
function didYouMean(word: string, known: readonly string[]): string {
  const nearest = closest(word, known);
  const near = distance(word, nearest) <= Math.max(1, Math.ceil(word.length / 3));
  return near ? ` - did you mean "${nearest}"?` : '';
}

const nodeOf = (value: unknown): Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
