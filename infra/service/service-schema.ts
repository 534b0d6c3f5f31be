import * as z from 'zod';

/** What serverless.yml may say beyond the framework's own properties; the one source of schema and types. */

export const providerName = 'code-engine';

const memory = z.string().regex(/^\d+(\.\d+)?[MG]$/, 'an amount like 512M or 4G');
const cpu = z.union([
  z.literal(0.25),
  z.literal(0.5),
  z.literal(1),
  z.literal(2),
  z.literal(4),
  z.literal(8),
]);
const environment = z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string());

export const cosEventSchema = z.strictObject({
  /** Plain text, no wildcards. */
  prefix: z.string().optional(),
  suffix: z.string().optional(),
  operation: z.enum(['write', 'delete', 'all']).default('all'),
});

export const httpEventSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE', '*']).default('*'),
  path: z.string().regex(/^\//, 'a path that starts with /'),
});

export const cronEventSchema = z.string().regex(/^(\S+\s+){4}\S+$/, 'five cron fields');

export const functionSchema = z.strictObject({
  /** `<file without .ts>.<export>` */
  handler: z.string().regex(/^[\w./-]+\.\w+$/, 'functions/<name>/handler.main'),
  cpu: cpu.optional(),
  memory: memory.optional(),
  /** Seconds an invocation may take; 120 for functions, 600 for event functions, which run in an app. */
  timeout: z.int().min(1).max(600).optional(),
  /** Invocations that one instance takes at once. */
  concurrency: z.int().min(1).max(100).optional(),
  /** Instances at most. */
  instances: z.int().min(1).max(250).optional(),
  environment: environment.optional(),
});

export const jobSchema = z.strictObject({
  handler: functionSchema.shape.handler,
  cpu: cpu.optional(),
  memory: memory.optional(),
  /** Seconds a job run may take, at most 24 hours. */
  timeout: z.int().min(1).max(86_400).optional(),
  environment: environment.optional(),
});

export const providerSchema = z.strictObject({
  runtime: z.enum(['nodejs-22']),
  region: z
    .enum([
      'au-syd',
      'br-sao',
      'ca-tor',
      'eu-de',
      'eu-es',
      'eu-gb',
      'in-che',
      'jp-osa',
      'jp-tok',
      'us-east',
      'us-south',
    ])
    .optional(),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name'),
  environment: environment.optional(),
});

/** JSON Schema of a zod schema, without what the framework's validator does not know. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return rest;
}
