import type { Desired, KindName } from '../../../infra/serverless-code-engine/api/resources.ts';

/** Bodies that have, together, every field that a request of the kind may have. */
export function fullRequests(kind: KindName): readonly Readonly<Record<string, unknown>>[] {
  return requests[kind];
}

const variables: Desired<'app'>['run_env_variables'] = [
  { type: 'literal', name: 'A', value: '1' },
  { type: 'secret_key_reference', name: 'B', key: 'b', reference: 'generic' },
  { type: 'secret_full_reference', reference: 'generic', prefix: 'P_' },
  { type: 'config_map_key_reference', name: 'C', key: 'c', reference: 'settings' },
  { type: 'config_map_full_reference', reference: 'settings' },
];
const container = {
  image_reference: 'private.de.icr.io/sound/events:1',
  image_secret: 'registry',
  run_arguments: ['--x'],
  run_as_user: 1001,
  run_commands: ['node', 'main.js'],
  run_compute_resource_token_enabled: true,
  run_env_variables: variables,
  run_service_account: 'reader' as const,
  run_volume_mounts: [
    { type: 'secret' as const, mount_path: '/x', reference: 'generic', read_only: true, sub_path: 'y' },
  ],
  scale_cpu_limit: '4',
  scale_ephemeral_storage_limit: '4G',
  scale_memory_limit: '16G',
};
const probe = {
  ...{ type: 'http' as const, path: '/healthz', port: 8080 },
  ...{ initial_delay: 5, interval: 5, timeout: 30, failure_threshold: 5 },
};
const task = {
  ...container,
  run_mode: 'task' as const,
  scale_array_spec: '0-3,7',
  scale_max_execution_time: 86_400,
  scale_retry_limit: 1,
};
const build = {
  output_image: 'private.de.icr.io/sound/train:1',
  output_secret: 'registry',
  strategy_type: 'dockerfile' as const,
  run_build_params: [
    { type: 'literal' as const, name: 'A', value: '1' },
    { type: 'secret_key_reference' as const, name: 'B', key: 'b', reference: 'generic' },
  ],
  source_context_dir: 'infra',
  source_revision: 'main',
  source_secret: 'generic',
  source_type: 'git' as const,
  source_url: 'https://example.com/sound.git',
  strategy_size: 'large' as const,
  strategy_spec_file: 'Dockerfile',
  timeout: 900,
};

const requests: { readonly [K in KindName]: readonly Desired<K>[] } = {
  app: [
    {
      ...container,
      name: 'events',
      image_port: 8080,
      managed_domain_mappings: 'local_private',
      probe_liveness: probe,
      probe_readiness: { ...probe, type: 'tcp' },
      scale_concurrency: 16,
      scale_concurrency_target: 8,
      scale_down_delay: 60,
      scale_initial_instances: 1,
      scale_max_instances: 5,
      scale_min_instances: 0,
      scale_request_timeout: 600,
    },
  ],
  function: [
    {
      name: 'infer',
      code_reference: `private.de.icr.io/sound/infer:1@sha256:${'a'.repeat(64)}`,
      runtime: 'nodejs-22',
      code_binary: false,
      code_main: 'main',
      code_secret: 'registry',
      managed_domain_mappings: 'local_public',
      run_compute_resource_token_enabled: false,
      run_env_variables: variables,
      scale_concurrency: 8,
      scale_cpu_limit: '1',
      scale_down_delay: 60,
      scale_max_execution_time: 120,
      scale_memory_limit: '4G',
    },
    { name: 'inline', code_reference: 'data:text/javascript;base64,AAA=', runtime: 'nodejs-22' },
  ],
  job: [{ ...task, name: 'train' }],
  job_run: [{ ...task, name: 'night-1', job_name: 'train', scale_array_size_variable_override: 4 }],
  secret: [
    { name: 'generic', format: 'generic', data: { b: 'v' } },
    { name: 'hmac', format: 'hmac_auth', data: { access_key_id: 'a', secret_access_key: 'b' } },
    {
      name: 'registry',
      format: 'registry',
      data: { server: 'de.icr.io', username: 'iamapikey', password: 'p', email: 'a@example.com' },
    },
    { name: 'tls', format: 'tls', data: { tls_cert: 'c', tls_key: 'k' } },
  ],
  config_map: [{ name: 'settings', data: { c: '1' } }],
  build: [{ ...build, name: 'train' }],
  build_run: [
    { name: 'train-1', build_name: 'train' },
    { ...build, name: 'train-2', service_account: 'default' },
  ],
  domain_mapping: [
    {
      name: 'hear.example.com',
      component: { name: 'infer', resource_type: 'function_v2' },
      tls_secret: 'tls',
    },
  ],
};
