import * as z from 'zod';
import {
  componentName,
  containerAnswer,
  containerFields,
  entityTag,
  resourceAnswer,
  runName,
  statusAnswer,
} from './common.ts';
import { containerSizes } from './sizes.ts';

/** `0-3,7`: at most 1000 indices of 0 to 9999999. */
const arraySpec = z
  .string()
  .max(253)
  .regex(/^\d{1,7}(-\d{1,7})?(,\d{1,7}(-\d{1,7})?)*$/, 'indices and ranges of them, as 0-3,7');

const taskFields = {
  ...containerFields,
  run_mode: z.enum(['task', 'daemon']).optional(),
  scale_array_spec: arraySpec.optional(),
  /** Seconds. */
  scale_max_execution_time: z.int().min(1).max(86_400).optional(),
  scale_retry_limit: z.int().min(0).max(5).optional(),
};

const request = z.strictObject({ ...taskFields, name: componentName });
export const jobRequest = request.refine(...containerSizes);
export const jobChange = request
  .omit({ name: true })
  .partial()
  .refine(...containerSizes);

/** The API makes up a name when there is none; ours always have one, so that a run whose answer was lost is found. */
export const jobRunRequest = z
  .strictObject({
    ...taskFields,
    image_reference: taskFields.image_reference.optional(),
    name: runName,
    /** What it does not say itself is as in this job. */
    job_name: componentName,
    scale_array_size_variable_override: z.int().min(0).optional(),
  })
  .refine(...containerSizes);

export const jobAnswer = z.looseObject({
  ...resourceAnswer,
  ...entityTag,
  ...containerAnswer,
  build: z.string().optional(),
  build_run: z.string().optional(),
  run_mode: z.string(),
  scale_array_spec: z.string(),
  scale_max_execution_time: z.number().optional(),
  scale_retry_limit: z.number().optional(),
});

export const jobRunAnswer = z.looseObject({
  ...resourceAnswer,
  ...statusAnswer,
  ...containerAnswer,
  image_reference: z.string().optional(),
  scale_cpu_limit: z.string().optional(),
  scale_memory_limit: z.string().optional(),
  job_name: z.string().optional(),
  run_mode: z.string().optional(),
  scale_array_spec: z.string().optional(),
  scale_array_size_variable_override: z.number().optional(),
  scale_max_execution_time: z.number().optional(),
  scale_retry_limit: z.number().optional(),
  /** Numbers of instances by what became of them, and when it began and ended. */
  status_details: z
    .looseObject({
      start_time: z.string().optional(),
      completion_time: z.string().optional(),
      requested: z.number().optional(),
      pending: z.number().optional(),
      running: z.number().optional(),
      succeeded: z.number().optional(),
      failed: z.number().optional(),
      unknown: z.number().optional(),
      failed_indices: z.string().optional(),
    })
    .optional(),
});
