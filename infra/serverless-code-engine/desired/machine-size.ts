import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Combinations } from '../api/schemas/sizes.ts';

/** What one instance gets, as the API has it: vCPUs and an amount of memory. */
export interface MachineSize {
  readonly scale_cpu_limit: string;
  readonly scale_memory_limit: string;
}

export interface AskedSize {
  readonly cpu?: number | undefined;
  /** As `512M` or `4G`. */
  readonly memory?: string | undefined;
}

const usual = { cpu: 1, memory: '4G' };

/**
 * The size that serverless.yml asks for. With one of the two given, the other is the usual one (1 vCPU, 4G) where that
 * goes with it, else the nearest that does.
 * @throws SERVICE_INVALID naming the property and the sizes that there are
 */
export function machineSize(asked: AskedSize, combinations: Combinations, path: string): MachineSize {
  const gigabytes = gigabytesOf(asked.memory ?? usual.memory);
  const sizes = combinations.flatMap(([cpu, ...amounts]) => amounts.map((memory) => ({ cpu, memory })));
  const fitting = sizes.filter(
    ({ cpu, memory }) =>
      (asked.cpu === undefined || cpu === asked.cpu) &&
      (asked.memory === undefined || isAbout(memory, gigabytes)),
  );
  const far = (size: { cpu: number; memory: number }) =>
    Math.abs(Math.log(size.cpu / (asked.cpu ?? usual.cpu))) + Math.abs(Math.log(size.memory / gigabytes));
  const [best] = fitting.sort((a, b) => far(a) - far(b));
  if (best === undefined) throw noSuchSize(asked, combinations, path);
  return { scale_cpu_limit: `${best.cpu}`, scale_memory_limit: amountOf(best.memory) };
}

function noSuchSize({ cpu, memory }: AskedSize, combinations: Combinations, path: string): EarshotError {
  const listed = combinations.map(
    ([vcpus, ...amounts]) => `${vcpus} with ${amounts.map(amountOf).join(', ')}`,
  );
  return new EarshotError('SERVICE_INVALID', {
    file: 'serverless.yml',
    path: `${path}.${memory === undefined ? 'cpu' : 'memory'}`,
    expected: `cpu and memory that Code Engine has together: ${listed.join('; ')}`,
    received: [cpu !== undefined && `cpu ${cpu}`, memory !== undefined && `memory ${memory}`]
      .filter(Boolean)
      .join(', '),
  });
}

const gigabytesOf = (memory: string) => Number(memory.slice(0, -1)) / (memory.endsWith('G') ? 1 : 1000);

/** 512M and 500M are both the half of 1G. */
const isAbout = (a: number, b: number) => Math.abs(a / b - 1) < 0.05;

const amountOf = (gigabytes: number) => (gigabytes < 1 ? `${gigabytes * 1000}M` : `${gigabytes}G`);
