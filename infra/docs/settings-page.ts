import * as z from 'zod';
import { settingsTable } from '../../shared/config/settings.ts';
import { datasetConfigSchema } from '../../shared/dataset/dataset-config.ts';
import { mostMembers } from '../../shared/model/ensemble.ts';
import { modelConfigSchema } from '../../shared/model/model-config.ts';
import { trainingSettingsSchema } from '../../shared/training/settings.ts';

/** `docs/settings.md`, from the settings table and the schemas. */
export function settingsPage(): string {
  return [
    '# Settings',
    '',
    'Made from the schemas by `npm run docs`; do not edit.',
    '',
    '## Environment of functions and job',
    '',
    'The platform sets these from `serverless.yml`.',
    '',
    '| variable | what it is |',
    '|---|---|',
    ...Object.entries(settingsTable).map(([name, text]) => `| \`${name}\` | ${text} |`),
    '',
    '## `datasets/<dataset>.json`',
    '',
    'Optional; what is absent has its default. `policy` is explained in [ingest-policy.md](ingest-policy.md).',
    '',
    ...propertyTable(datasetConfigSchema),
    '',
    '## `runs/<run>/request.json`',
    '',
    '`{"dataset": "…", "model": "…", "precision": "float16", "training": {…}, "members": 4}`; `model` is the dataset when',
    'absent, `precision` (float16 or float32) is how the kernels of the published model are stored. `members` makes an',
    `ensemble ([models.md](models.md)): a whole number 1..${mostMembers}, or a list of what each member has instead of \`training\`,`,
    'as `[{"recipe": "fast"}, {"model": {…}, "seed": 7}]`. `training`:',
    '',
    ...propertyTable(trainingSettingsSchema),
    '',
    '### `training.model`',
    '',
    'Instead of `training.recipe`, the model in detail: `{"head": "…", …}`.',
    '',
    ...headTable(),
    '',
  ].join('\n');
}

/** One row for each property of each head. */
function headTable(): string[] {
  const { oneOf = [] } = z.toJSONSchema(modelConfigSchema, { io: 'input' }) as Property;
  return [
    '| head | property | type | range | default |',
    '|---|---|---|---|---|',
    ...oneOf.flatMap(({ properties: { head, ...options } = {} }) => {
      const rows = rowsOf('', options);
      return (rows.length === 0 ? ['| | | | |'] : rows).map((row) => `| \`${head?.const}\` ${row}`);
    }),
  ];
}

interface Property {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly oneOf?: readonly Property[];
}

function propertyTable(schema: z.ZodType): string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as Property;
  return ['| property | type | range | default |', '|---|---|---|---|', ...rowsOf('', properties)];
}

function rowsOf(prefix: string, properties: Readonly<Record<string, Property>>): string[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    if (property.properties !== undefined) return rowsOf(`${prefix}${name}.`, property.properties);
    const type = property.enum?.map((value) => JSON.stringify(value)).join(', ') ?? property.type ?? 'object';
    const fallback = property.default === undefined ? '' : JSON.stringify(property.default);
    return [`| \`${prefix}${name}\` | ${type} | ${rangeOf(property)} | ${fallback} |`];
  });
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Property): string {
  const low =
    minimum !== undefined ? `≥ ${minimum}` : exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : '';
  const high =
    maximum !== undefined ? `≤ ${maximum}` : exclusiveMaximum !== undefined ? `< ${exclusiveMaximum}` : '';
  return [low, high].filter(Boolean).join(', ');
}
