import { didYouMean } from '../../shared/errors/did-you-mean.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import {
  cosEventSchema,
  functionSchema,
  httpEventSchema,
  jobSchema,
  providerName,
  providerSchema,
} from './service-schema.ts';

type Node = Readonly<Record<string, unknown>>;

const topKeys = [
  ...['configValidationMode', 'custom', 'deprecationNotificationMode', 'disabledDeprecations'],
  ...['frameworkVersion', 'functions', 'jobs', 'package', 'params', 'plugins', 'projectDir', 'provider'],
  ...['service', 'useDotenv', 'variablesResolutionMode'],
];
const frameworkProviderKeys = ['name', 'stage'];
const frameworkFunctionKeys = ['events', 'name', 'description', 'package', 'tags'];
const events = { cos: cosEventSchema, http: httpEventSchema, cron: null } as const;

/**
 * The framework says which property it does not know; this says, before it, which one was probably meant.
 * @throws SERVICE_INVALID for the first unknown property, and for another provider, which the framework lets pass
 */
export function refuseMisspellings(configuration: unknown): void {
  const root = nodeOf(configuration);
  expectKeys(root, '', topKeys);
  expectProvider(nodeOf(root['provider'])['name']);
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

function expectProvider(name: unknown): void {
  if (typeof name !== 'string' || name === providerName || name.includes('${')) return;
  throw misspelt('provider.name', name, [providerName]);
}

function expectKeys(node: unknown, path: string, known: readonly string[]): void {
  for (const key of Object.keys(nodeOf(node))) {
    if (!known.includes(key)) throw misspelt(path === '' ? key : `${path}.${key}`, key, known);
  }
}

function misspelt(path: string, word: string, known: readonly string[]): EarshotError {
  return new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    path,
    expected: known.length === 1 ? `"${known[0]}"` : `one of ${known.join(', ')}`,
    received: `"${word}"${didYouMean(word, known)}`,
  });
}

const nodeOf = (value: unknown): Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
