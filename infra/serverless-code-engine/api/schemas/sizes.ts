/** Combinations of CPU and memory that Code Engine runs; the documentation of its limits, 2025-12. */

const ofFunctions: Readonly<Record<string, readonly number[]>> = { 0.25: [1], 0.5: [2], 1: [4] };

const ofContainers: Readonly<Record<string, readonly number[]>> = {
  0.125: [0.25, 0.5, 1],
  0.25: [0.5, 1, 2],
  0.5: [1, 2, 4],
  1: [2, 4, 8],
  2: [4, 8, 16],
  4: [8, 16, 32],
  6: [12, 24, 48],
  8: [16, 32],
  10: [20, 40],
  12: [24, 48],
};

interface Sizes {
  readonly scale_cpu_limit?: string | undefined;
  readonly scale_memory_limit?: string | undefined;
}

const fits = (table: typeof ofFunctions, { scale_cpu_limit, scale_memory_limit }: Sizes) =>
  scale_cpu_limit === undefined ||
  scale_memory_limit === undefined ||
  table[String(Number(scale_cpu_limit))]?.includes(gigabytesOf(scale_memory_limit)) === true;

/** Code Engine counts in powers of ten: 1 G is 1000 M. */
const gigabytesOf = (memory: string) => Number(memory.slice(0, -1)) / (memory.endsWith('M') ? 1000 : 1);

const listed = (table: typeof ofFunctions) =>
  Object.entries(table)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([cpu, memories]) => `${cpu} CPU with ${memories.map((memory) => `${memory}G`).join(' or ')}`)
    .join(', ');

/** Arguments of zod's `refine`. What is not given is not judged. */
const rule = (table: typeof ofFunctions) =>
  [
    (sizes: Sizes) => fits(table, sizes),
    { path: ['scale_memory_limit'] as PropertyKey[], message: listed(table) },
  ] as const;

export const functionSizes = rule(ofFunctions);
export const containerSizes = rule(ofContainers);
