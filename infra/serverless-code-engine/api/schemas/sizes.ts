/** Gigabytes of memory that go with so many vCPUs. */
export type Combinations = readonly (readonly [cpu: number, ...gigabytes: number[]])[];

/** What Code Engine runs (limits, 2025-12-12; mem-cpu-combo). */
export const functionCombinations: Combinations = [
  [0.25, 1],
  [0.5, 2],
  [1, 4],
];
export const containerCombinations: Combinations = [
  [0.125, 0.25, 0.5, 1],
  [0.25, 0.5, 1, 2],
  [0.5, 1, 2, 4],
  [1, 2, 4, 8],
  [2, 4, 8, 16],
  [4, 8, 16, 32],
  [6, 12, 24, 48],
  [8, 16, 32],
  [10, 20, 40],
  [12, 24, 48],
];

interface Sizes {
  readonly scale_cpu_limit?: string | undefined;
  readonly scale_memory_limit?: string | undefined;
}

function fits(combinations: Combinations, { scale_cpu_limit, scale_memory_limit }: Sizes): boolean {
  if (scale_cpu_limit === undefined || scale_memory_limit === undefined) return true;
  const gigabytes = gigabytesOf(scale_memory_limit);
  return combinations.some(
    ([cpu, ...amounts]) => cpu === Number(scale_cpu_limit) && amounts.includes(gigabytes),
  );
}

/** Code Engine counts in powers of ten: 1 G is 1000 M. */
const gigabytesOf = (memory: string) => Number(memory.slice(0, -1)) / (memory.endsWith('M') ? 1000 : 1);

const listed = (combinations: Combinations) =>
  combinations
    .map(([cpu, ...amounts]) => `${cpu} CPU with ${amounts.map((amount) => `${amount}G`).join(' or ')}`)
    .join(', ');

/** Arguments of zod's `refine`. What is not given is not judged. */
const rule = (combinations: Combinations) =>
  [
    (sizes: Sizes) => fits(combinations, sizes),
    { path: ['scale_memory_limit'] as PropertyKey[], message: listed(combinations) },
  ] as const;

export const functionSizes = rule(functionCombinations);
export const containerSizes = rule(containerCombinations);
