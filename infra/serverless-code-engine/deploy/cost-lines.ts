import type { DesiredState } from '../desired/desired-state.ts';

/**
 * What a deployment costs, as far as it is known without a price list: what is billed, for how long, and how much of it.
 * Prices differ by region and change, so none is written here.
 */
export function costLines({
  functions,
  apps,
  jobs,
}: Pick<DesiredState, 'functions' | 'apps' | 'jobs'>): string[] {
  const size = (one: { scale_cpu_limit?: string | undefined; scale_memory_limit?: string | undefined }) =>
    `${one.scale_cpu_limit} vCPU and ${one.scale_memory_limit}`;
  const serving = [...functions, ...apps].map(
    (one) => `${one.name} ${size(one)} an instance while it works and ${one.scale_down_delay} s after`,
  );
  const training = jobs.map(
    (job) => `${job.name} ${size(job)} a run, for at most ${(job.scale_max_execution_time ?? 0) / 3600} h`,
  );
  return [
    'Cost: idle, only what the bucket and the images take; functions and app scale to zero, and no job runs.',
    `      Working: ${[...serving, ...training].join('; ')}.`,
    '      Prices: https://www.ibm.com/products/code-engine/pricing',
  ];
}
