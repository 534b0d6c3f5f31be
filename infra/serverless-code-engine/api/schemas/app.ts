import * as z from 'zod';
import {
  componentName,
  containerAnswer,
  containerFields,
  entityTag,
  managedDomains,
  probe,
  resourceAnswer,
  statusAnswer,
} from './common.ts';
import { containerSizes } from './sizes.ts';

const request = z.strictObject({
  ...containerFields,
  name: componentName,
  image_port: z.int().min(1).max(65_535).optional(),
  managed_domain_mappings: managedDomains.optional(),
  probe_liveness: probe.optional(),
  probe_readiness: probe.optional(),
  /** Requests at once in one instance. */
  scale_concurrency: z.int().min(0).max(1000).optional(),
  scale_concurrency_target: z.int().min(0).max(1000).optional(),
  /** Seconds. */
  scale_down_delay: z.int().min(0).max(3600).optional(),
  scale_initial_instances: z.int().min(0).optional(),
  scale_max_instances: z.int().min(0).max(250).optional(),
  scale_min_instances: z.int().min(0).max(250).optional(),
  /** Seconds a request may take. */
  scale_request_timeout: z.int().min(1).max(600).optional(),
});

export const appRequest = request.refine(...containerSizes);
export const appChange = request
  .omit({ name: true })
  .partial()
  .refine(...containerSizes);

const probeAnswer = z.looseObject({
  type: z.string(),
  path: z.string().optional(),
  port: z.number().optional(),
  initial_delay: z.number().optional(),
  interval: z.number().optional(),
  timeout: z.number().optional(),
  failure_threshold: z.number().optional(),
});

export const appAnswer = z.looseObject({
  ...resourceAnswer,
  ...entityTag,
  ...statusAnswer,
  ...containerAnswer,
  /** Its public URL. */
  endpoint: z.string().optional(),
  endpoint_internal: z.string().optional(),
  image_port: z.number().optional(),
  managed_domain_mappings: z.string(),
  probe_liveness: probeAnswer.optional(),
  probe_readiness: probeAnswer.optional(),
  scale_concurrency: z.number().optional(),
  scale_concurrency_target: z.number().optional(),
  scale_down_delay: z.number().optional(),
  scale_initial_instances: z.number().optional(),
  scale_max_instances: z.number().optional(),
  scale_min_instances: z.number().optional(),
  scale_request_timeout: z.number(),
});
