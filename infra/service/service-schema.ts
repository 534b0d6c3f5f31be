import * as z from 'zod';

/** What serverless.yml may say beyond the framework's own properties; the one source of schema and types. */

export const providerName = 'code-engine';

const memory = z.string().regex(/^\d+(\.\d+)?[MG]$/, 'an amount like 512M or 4G');
/** vCPUs; functions have 0.25, 0.5 or 1, apps and jobs all. */
const cpu = z.union([
  z.literal(0.125),
  z.literal(0.25),
  z.literal(0.5),
  z.literal(1),
  z.literal(2),
  z.literal(4),
  z.literal(6),
  z.literal(8),
  z.literal(10),
  z.literal(12),
]);
const environment = z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string());
/** Name of something in a Code Engine project. */
const resourceName = z
  .string()
  .max(63)
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and hyphens, a letter first');
const imageReference = z
  .string()
  .regex(
    /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
    '<registry>/<namespace>/<name>:<tag>',
  );

/** A domain of your own; its DNS has a CNAME to what `serverless info` names. */
const customDomainSchema = z.strictObject({
  name: z
    .string()
    .max(253)
    .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a domain name'),
  /** Secret of the format tls in the project, with the certificate of the domain. */
  tlsSecret: resourceName,
});

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
  /** HTTP functions: true lets everyone ask; otherwise callers need an API key. */
  public: z.boolean().optional(),
  /** HTTP functions: names of their API keys, one called default when absent. Each is made once, and told once. */
  keys: z
    .array(
      z
        .string()
        .max(24)
        .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and hyphens'),
    )
    .min(1)
    .max(16)
    .optional(),
  /** HTTP functions: origins whose pages may call, or `*`. */
  cors: z
    .array(z.string().regex(/^(\*|https?:\/\/[^\s/]+)$/, 'an origin like https://example.com'))
    .min(1)
    .optional(),
  /** HTTP functions: a domain of your own. */
  customDomain: customDomainSchema.optional(),
});

export const jobSchema = z.strictObject({
  handler: functionSchema.shape.handler,
  cpu: cpu.optional(),
  memory: memory.optional(),
  /** Seconds a job run may take, at most 24 hours. */
  timeout: z.int().min(1).max(86_400).optional(),
  environment: environment.optional(),
  /** How often Code Engine starts a failed run of the job again by itself; the sweep does so in any case. */
  retries: z.int().min(0).max(5).optional(),
  /** The container image. Without it Code Engine builds `dockerfile` from the git remote of this clone. */
  image: imageReference.optional(),
  /** Path in the repository. */
  dockerfile: z
    .string()
    .regex(/^[\w./-]+$/, 'a path in the repository')
    .optional(),
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
  /** Code Engine project; `<service>-<stage>` when absent. */
  project: z
    .string()
    .max(128)
    .regex(/^[\w][\w .:-]*$/, 'a project name')
    .optional(),
  /** Id of the resource group that `deploy --create` makes a project in; the default one when absent. */
  resourceGroup: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'an id of 32 hexadecimal digits')
    .optional(),
  /** Name, id or CRN of the object-storage instance; needed when the account has several. */
  cosInstance: z.string().min(1).optional(),
  /** Where functions and jobs find the bucket; the direct (private) endpoint of the region when absent. */
  cosEndpoint: z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, 'https://host')
    .optional(),
  /** Registry and namespace of the images; the region's and one named after service and account when absent. */
  registry: z
    .string()
    .regex(/^[\w.-]+(:\d+)?(\/[a-z0-9][a-z0-9._-]*)+$/, '<registry>/<namespace>')
    .optional(),
  /** The image that the layer of the event functions is put on. */
  baseImage: imageReference.optional(),
  environment: environment.optional(),
});

/** JSON Schema of a zod schema, without what the framework's validator does not know. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return rest;
}
