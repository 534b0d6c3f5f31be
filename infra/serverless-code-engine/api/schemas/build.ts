import * as z from 'zod';
import {
  componentName,
  dottedName,
  entityTag,
  resourceAnswer,
  runName,
  serviceAccount,
  statusAnswer,
} from './common.ts';

const parameter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('literal'), name: z.string(), value: z.string() }),
  z.strictObject({
    type: z.enum(['config_map_key_reference', 'secret_key_reference']),
    name: z.string(),
    key: z.string(),
    reference: dottedName,
  }),
]);

const buildFields = {
  /** Where the image is pushed: `private.de.icr.io/namespace/name:tag`. */
  output_image: z.string().max(256).min(1),
  /** Name of a registry secret. */
  output_secret: dottedName,
  /** `codebundle-<runtime>` is documented for the command line only; the API's own list has these two. */
  strategy_type: z.enum(['dockerfile', 'buildpacks']),
  run_build_params: z.array(parameter).optional(),
  source_context_dir: z.string().max(253).optional(),
  /** Branch, tag or commit. */
  source_revision: z.string().max(253).optional(),
  source_secret: dottedName.optional(),
  source_type: z.enum(['local', 'git']).optional(),
  source_url: z.string().min(1).max(253).optional(),
  strategy_size: z.enum(['small', 'medium', 'large', 'xlarge', 'xxlarge']).optional(),
  strategy_spec_file: z.string().max(253).optional(),
  /** Seconds. */
  timeout: z.int().min(1).max(3600).optional(),
};

export const buildRequest = z.strictObject({ ...buildFields, name: componentName });
export const buildChange = buildRequest.omit({ name: true }).partial();

/** Of a build, or of what its own fields say. The API makes up a name when there is none; ours always have one. */
export const buildRunRequest = z.strictObject(buildFields).partial().extend({
  name: runName,
  build_name: componentName.optional(),
  service_account: serviceAccount.optional(),
});

const buildFieldsAnswer = {
  output_secret: z.string().optional(),
  run_build_params: z.array(z.looseObject({ type: z.string(), name: z.string() })).default([]),
  source_context_dir: z.string().optional(),
  source_revision: z.string().optional(),
  source_secret: z.string().optional(),
  source_type: z.string().optional(),
  source_url: z.string().optional(),
  strategy_size: z.string().optional(),
  strategy_spec_file: z.string().optional(),
  strategy_type: z.string(),
  timeout: z.number().optional(),
};

export const buildAnswer = z.looseObject({
  ...resourceAnswer,
  ...entityTag,
  ...statusAnswer,
  ...buildFieldsAnswer,
  output_image: z.string(),
});

export const buildRunAnswer = z.looseObject({
  ...resourceAnswer,
  ...buildFieldsAnswer,
  build_name: z.string().optional(),
  output_image: z.string().optional(),
  service_account: z.string().optional(),
  status: z.string().optional(),
  status_details: z
    .looseObject({
      reason: z.string().optional(),
      /** `sha256:…` of the image that was pushed. */
      output_digest: z.string().optional(),
      git_commit_sha: z.string().optional(),
      start_time: z.string().optional(),
      completion_time: z.string().optional(),
    })
    .optional(),
});
