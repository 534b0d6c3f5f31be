import * as z from 'zod';
import { componentName, dottedName, entityTag, resourceAnswer, statusAnswer } from './common.ts';

export const domainMappingRequest = z.strictObject({
  /** The host name, e.g. `hear.example.com`. */
  name: dottedName,
  component: z.strictObject({ name: componentName, resource_type: z.enum(['app_v2', 'function_v2']) }),
  /** Name of a secret of format tls. */
  tls_secret: dottedName,
});
export const domainMappingChange = domainMappingRequest.omit({ name: true }).partial();

export const domainMappingAnswer = z.looseObject({
  ...resourceAnswer,
  ...entityTag,
  ...statusAnswer,
  /** What the host's CNAME record must point to. */
  cname_target: z.string().optional(),
  component: z.looseObject({ name: z.string(), resource_type: z.string() }),
  tls_secret: z.string(),
  user_managed: z.boolean().optional(),
  /** `custom` for those of users; Code Engine's own are listed too. */
  visibility: z.string().optional(),
});
