import * as z from 'zod';
import { resourceAnswer } from './common.ts';

export const projectRequest = z.strictObject({
  name: z.string().min(1).max(128),
  /** The account's default group when absent. */
  resource_group_id: z.string().optional(),
  tags: z.array(z.string().max(128)).optional(),
});

export const projectAnswer = z.looseObject({
  ...resourceAnswer,
  /** `…:codeengine:<region>:a/<account>:<project id>::` */
  crn: z.string().optional(),
  account_id: z.string().optional(),
  resource_group_id: z.string(),
  /** `active` when it can be used. A deleted one lingers as `soft_deleted` for up to 7 days. */
  status: z.string().optional(),
});

export const projectStatusAnswer = z.looseObject({
  domain: z.string(),
  project: z.string(),
});

export const functionRuntimesAnswer = z.looseObject({
  function_runtimes: z.array(
    z.looseObject({
      id: z.string().optional(),
      name: z.string().optional(),
      family: z.string().optional(),
      default: z.boolean().optional(),
      deprecated: z.boolean().optional(),
      optimized: z.boolean().optional(),
    }),
  ),
});
