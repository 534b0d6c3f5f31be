import * as z from 'zod';
import { parseWithSchema } from '../../shared/errors/parse-with-schema.ts';
import {
  cosEventSchema,
  cronEventSchema,
  functionSchema,
  httpEventSchema,
  jobSchema,
  providerName,
  providerSchema,
} from './service-schema.ts';

const eventSchema = z.union([
  z.strictObject({ cos: cosEventSchema }),
  z.strictObject({ http: httpEventSchema }),
  z.strictObject({ cron: cronEventSchema }),
]);

/** The framework adds names and variables of its own beside ours, so these objects are not strict here. */
const serviceSchema = z.object({
  service: z.string(),
  provider: z.object({
    ...providerSchema.shape,
    name: z.literal(providerName),
    stage: z.string().optional(),
  }),
  functions: z.record(
    z.string(),
    z.object({ ...functionSchema.shape, events: z.array(eventSchema).default([]) }),
  ),
  jobs: z.record(z.string(), jobSchema).default({}),
});

export type CosEvent = z.infer<typeof cosEventSchema>;
/** The system as serverless.yml declares it: what the deployment and the local platform both run. */
export type Service = z.infer<typeof serviceSchema>;

/**
 * Reads the framework's resolved configuration.
 * @throws SERVICE_INVALID naming the property
 */
export function serviceOf(configuration: unknown): Service {
  return parseWithSchema(serviceSchema, configuration, 'SERVICE_INVALID', { file: 'serverless.yml' });
}

/** Bytes of `512M` or `4G`. */
export function bytesOfMemory(memory: string): number {
  return Number(memory.slice(0, -1)) * (memory.endsWith('G') ? 1024 ** 3 : 1024 ** 2);
}

/** Whether an event on an object wakes this subscription: prefix and suffix are plain text. */
export function matchesSubscription(event: CosEvent, key: string, operation: 'write' | 'delete'): boolean {
  if (event.operation !== 'all' && event.operation !== operation) return false;
  return key.startsWith(event.prefix ?? '') && key.endsWith(event.suffix ?? '');
}
