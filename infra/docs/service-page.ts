import * as z from 'zod';
import {
  cosEventSchema,
  cronEventSchema,
  functionSchema,
  httpEventSchema,
  jobSchema,
  providerName,
  providerSchema,
} from '../service/service-schema.ts';
import {
  cosEventProperties,
  functionProperties,
  httpEventProperties,
  jobProperties,
  providerProperties,
} from './service-properties.ts';

/** `docs/serverless-yml.md`: what the provider adds to the framework's configuration, from its schemas. */
export function servicePage(): string {
  return [
    '# serverless.yml',
    '',
    'Made from `infra/service/service-schema.ts` by `npm run docs`; do not edit.',
    '',
    `What the provider \`${providerName}\` adds to the properties of the Serverless Framework. Anything else is refused, with`,
    'the property that was probably meant. `npx serverless local` runs the same file on this machine and passes over what only',
    'the cloud has. [deploy.md](deploy.md) says how to get there.',
    '',
    ...section('`provider`', providerSchema, providerProperties),
    ...section('`functions.<name>`', functionSchema, functionProperties),
    'A function has http events, or cos and cron events, not both: those with http events are functions of Code Engine, the',
    'others run in one app.',
    '',
    ...section('`functions.<name>.events[].http`', httpEventSchema, httpEventProperties),
    ...section('`functions.<name>.events[].cos`', cosEventSchema, cosEventProperties),
    '## `functions.<name>.events[].cron`',
    '',
    `Five cron fields, UTC, e.g. \`*/10 * * * *\`; ${limitOf(propertyOf(cronEventSchema))}.`,
    '',
    ...section('`jobs.<name>`', jobSchema, jobProperties),
  ].join('\n');
}

interface Property {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Property[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly items?: Property;
  readonly properties?: Readonly<Record<string, Property>>;
}

const propertyOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as Property;

function section(
  title: string,
  schema: z.ZodType,
  explained: Readonly<Record<string, { readonly text: string; readonly usual?: string }>>,
): string[] {
  const { properties = {} } = propertyOf(schema);
  const rows = Object.entries(properties).map(([name, property]) => {
    const { text, usual } = explained[name]!;
    const fallback = property.default === undefined ? usual : `\`${property.default}\``;
    const cells = [`\`${name}\``, text, typeOf(property), fallback ?? '', limitOf(property)];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = ['| property | what it is | type | when absent | limit |', '|---|---|---|---|---|'];
  return [`## ${title}`, '', ...head, ...rows, ''];
}

function typeOf({ type, enum: values, anyOf, items, properties }: Property): string {
  if (values !== undefined) return 'one of a list';
  if (anyOf !== undefined) return 'number';
  if (items !== undefined) return `list of ${items.type}s`;
  return type === 'object' && properties === undefined ? 'names and texts' : (type ?? 'object');
}

function limitOf(property: Property): string {
  const { enum: values, anyOf, items, properties, minimum, maximum, maxLength, minItems, pattern } = property;
  const listed = values ?? anyOf?.map((one) => one.const);
  if (listed !== undefined) return listed.map((value) => `\`${value}\``).join(', ');
  if (properties !== undefined) {
    return Object.entries(properties)
      .map(([name, inner]) => `\`${name}\`: ${limitOf(inner)}`)
      .join('; ');
  }
  return [
    minimum === undefined || maximum === undefined ? '' : `${minimum} to ${maximum}`,
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    minItems === undefined ? '' : `at least ${minItems}`,
    pattern === undefined ? '' : `\`${pattern}\``,
    items === undefined ? '' : limitOf(items),
  ]
    .filter(Boolean)
    .join(', ');
}
