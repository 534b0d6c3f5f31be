import { cpus, totalmem } from 'node:os';
import type { Engine } from '../engine/engine.ts';
import type { Provenance } from './schema.ts';

export interface ProvenanceFacts {
  readonly engine: Engine;
  readonly dataset: string;
  readonly snapshot: string;
  readonly request: unknown;
  readonly settings: { readonly seed: number };
  readonly spec: object;
  readonly code: string | null;
  readonly attempt: number;
}

/** What a run was made from and by, as far as this process can tell. */
export function provenanceOf(facts: ProvenanceFacts): Provenance {
  const { engine, dataset, snapshot, request, settings, spec, code, attempt } = facts;
  const processors = cpus();
  return {
    request,
    settings: { ...settings },
    spec: { ...spec },
    environment: {
      engine: `${engine.name}: ${engine.version}`,
      nativeUnavailable: engine.nativeUnavailable ?? null,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      processor: processors[0]?.model ?? 'unknown',
      processors: processors.length,
      memoryBytes: totalmem(),
    },
    lineage: { dataset, snapshot, code, seed: settings.seed, attempt },
  };
}
