import * as z from 'zod';
import {
  amount,
  componentName,
  cpuAmount,
  dottedName,
  entityTag,
  envVariables,
  imageReference,
  managedDomains,
  resourceAnswer,
  statusAnswer,
  variablesAnswer,
} from './common.ts';
import { functionSizes } from './sizes.ts';

/** Characters of an inline function, base64 and `data:` included. */
const inlineLimit = 100_000;

const request = z.strictObject({
  name: componentName,
  /** A code bundle in IBM Container Registry (no `cr://`), or `data:[<mime>];base64,<source>`. */
  code_reference: z.union([
    imageReference,
    z
      .string()
      .max(inlineLimit)
      .regex(/^data:([-\w]+\/[-+.\w]+)?;base64,[A-Za-z0-9+/]*={0,2}$/, 'a base64 data URL'),
  ]),
  runtime: z.string().regex(/^[a-z]*-[0-9]*(\.[0-9]*)?$/, 'a runtime like nodejs-22'),
  code_binary: z.boolean().optional(),
  code_main: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'the name of an export')
    .optional(),
  /** Name of a registry secret. */
  code_secret: dottedName.optional(),
  managed_domain_mappings: managedDomains.optional(),
  run_compute_resource_token_enabled: z.boolean().optional(),
  run_env_variables: envVariables.optional(),
  /** Invocations at once in one instance. */
  scale_concurrency: z.int().min(1).max(100).optional(),
  scale_cpu_limit: cpuAmount.optional(),
  /** Seconds. */
  scale_down_delay: z.int().min(0).max(600).optional(),
  /** Seconds. */
  scale_max_execution_time: z.int().min(1).max(120).optional(),
  scale_memory_limit: amount.optional(),
});

export const functionRequest = request.refine(...functionSizes);
export const functionChange = request
  .omit({ name: true })
  .partial()
  .refine(...functionSizes);

export const functionAnswer = z.looseObject({
  ...resourceAnswer,
  ...entityTag,
  ...statusAnswer,
  ...variablesAnswer,
  code_reference: z.string(),
  code_binary: z.boolean().optional(),
  code_main: z.string().optional(),
  code_secret: z.string().optional(),
  runtime: z.string(),
  /** Its public URL. */
  endpoint: z.string().optional(),
  endpoint_internal: z.string().optional(),
  managed_domain_mappings: z.string(),
  run_compute_resource_token_enabled: z.boolean().optional(),
  scale_concurrency: z.number(),
  scale_cpu_limit: z.string(),
  scale_down_delay: z.number(),
  scale_max_execution_time: z.number(),
  scale_memory_limit: z.string(),
});
