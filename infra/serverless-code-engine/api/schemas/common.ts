import * as z from 'zod';

/**
 * What several resources of the Code Engine API v2 share. Requests are strict, because an unknown field is a mistake of
 * ours; answers are loose, because the API may add fields. Limits are those of IBM's Terraform documentation.
 */

/** Of an app, a function or a job. */
export const componentName = z
  .string()
  .max(63)
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes, a letter first');
/** Of a job run, a build or a build run. */
export const runName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower-case letters, digits and dashes');
/** Of a secret, a config map or a domain mapping. */
export const dottedName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'lower-case letters, digits, dashes and dots',
  );
/** `registry/namespace/name:tag@sha256:…`, without a scheme; tag and digest may be absent. */
export const imageReference = z
  .string()
  .max(256)
  .regex(
    /^([a-z0-9][-a-z0-9_.]+[a-z0-9](:\d{2,5})?\/)?([a-z0-9][-a-z0-9_.]*\/)*[a-z0-9][-a-z0-9_.]*(:[\w][\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$/,
    'an image like de.icr.io/namespace/name:tag',
  );
export const managedDomains = z.enum(['local', 'local_private', 'local_public']);
export const serviceAccount = z.enum(['default', 'manager', 'reader', 'writer', 'none']);
export const amount = z.string().regex(/^[0-9.]+[MG]$/, 'an amount like 512M or 4G');
export const cpuAmount = z.string().regex(/^[0-9.]+$/, 'a number of virtual CPUs like 0.5');

const variableName = z.string().regex(/^[-._a-zA-Z0-9]+$/, 'the name of a variable');

const envVariable = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('literal'), name: variableName, value: z.string() }),
  z.strictObject({
    type: z.enum(['secret_key_reference', 'config_map_key_reference']),
    name: variableName,
    key: z.string().min(1),
    reference: dottedName,
  }),
  z.strictObject({
    type: z.enum(['secret_full_reference', 'config_map_full_reference']),
    reference: dottedName,
    /** Put before the name of every key. */
    prefix: z.string().optional(),
  }),
]);
export type EnvVariable = z.infer<typeof envVariable>;
export const envVariables = z.array(envVariable).max(100);

const volumeMounts = z.array(
  z.strictObject({
    type: z.enum(['config_map', 'persistent_data_store', 'secret']),
    mount_path: z.string().regex(/^\//, 'an absolute path'),
    reference: dottedName,
    read_only: z.boolean().optional(),
    sub_path: z.string().optional(),
  }),
);

export const probe = z.strictObject({
  type: z.enum(['tcp', 'http']),
  path: z.string().optional(),
  port: z.int().min(1).max(65_535).optional(),
  /** Seconds. */
  initial_delay: z.int().min(1).max(10).optional(),
  /** Seconds. */
  interval: z.int().min(1).max(60).optional(),
  /** Seconds. */
  timeout: z.int().min(1).max(3600).optional(),
  failure_threshold: z.int().min(1).max(10).optional(),
});

/** A container's start, as apps, jobs and job runs have it. */
export const containerFields = {
  image_reference: imageReference,
  /** Name of a registry secret. */
  image_secret: dottedName.optional(),
  run_arguments: z.array(z.string()).optional(),
  run_as_user: z.int().min(0).optional(),
  run_commands: z.array(z.string()).optional(),
  run_compute_resource_token_enabled: z.boolean().optional(),
  run_env_variables: envVariables.optional(),
  run_service_account: serviceAccount.optional(),
  run_volume_mounts: volumeMounts.optional(),
  scale_cpu_limit: cpuAmount.optional(),
  scale_ephemeral_storage_limit: amount.optional(),
  scale_memory_limit: amount.optional(),
};

const variableAnswer = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  value: z.string().optional(),
  key: z.string().optional(),
  reference: z.string().optional(),
  prefix: z.string().optional(),
});

/** What every answer about a resource carries. */
export const resourceAnswer = {
  id: z.string().optional(),
  href: z.string().optional(),
  name: z.string(),
  project_id: z.string().optional(),
  region: z.string().optional(),
  resource_type: z.string().optional(),
  created_at: z.string().optional(),
};
/** Changes whenever the resource does; what If-Match compares. */
export const entityTag = { entity_tag: z.string() };
export const variablesAnswer = {
  run_env_variables: z.array(variableAnswer).default([]),
  /** Those that Code Engine sets. */
  computed_env_variables: z.array(variableAnswer).default([]),
};
export const containerAnswer = {
  ...variablesAnswer,
  image_reference: z.string(),
  image_secret: z.string().optional(),
  run_arguments: z.array(z.string()).default([]),
  run_as_user: z.number().optional(),
  run_commands: z.array(z.string()).default([]),
  run_compute_resource_token_enabled: z.boolean().optional(),
  run_service_account: z.string().optional(),
  run_volume_mounts: z
    .array(
      z.looseObject({
        type: z.string(),
        mount_path: z.string(),
        reference: z.string(),
        read_only: z.boolean().optional(),
        sub_path: z.string().optional(),
      }),
    )
    .default([]),
  scale_cpu_limit: z.string(),
  scale_ephemeral_storage_limit: z.string().optional(),
  scale_memory_limit: z.string(),
};
/** `status` and, as its cause, `status_details.reason`. */
export const statusAnswer = {
  status: z.string().optional(),
  status_details: z.looseObject({ reason: z.string().optional() }).optional(),
};
