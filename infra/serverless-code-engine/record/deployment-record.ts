import * as z from 'zod';
import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { parseWithSchema } from '../../../shared/errors/parse-with-schema.ts';
import { ownerVariables } from '../desired/environment.ts';
import type { Owner } from '../desired/resource-names.ts';

const holderSchema = z.strictObject({
  /** Random; tells two deployments of one process apart. */
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  /** ISO 8601. */
  since: z.string(),
  /** ISO 8601; a holder that lives moves it on. */
  until: z.string(),
});
/** Who deploys. */
export type Holder = z.infer<typeof holderSchema>;

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** Key of the digests, so that they say nothing to those who may read the record. */
  salt: z.string(),
  /** Name → digest of the values that the secret surely has; empty while it is made or changed. */
  secrets: z.record(z.string(), z.string()),
  domainMappings: z.array(z.string()),
  /** Digest of the subscriptions that were made, or whose commands were printed; empty while they are made. */
  subscriptions: z.string(),
  /** Until when the last deployment that changed something worked, ISO 8601; empty before its end. */
  deployedAt: z.string(),
});

/**
 * What the API has no place for: which secrets and domain mappings are ours (apps, functions and jobs say it themselves),
 * digests of the secrets, and who deploys now. It stands in a config map of the project, in the data of which this is
 * the only reader and writer. An entry is written before what it speaks of is made, so nothing of ours is without one.
 */
export type DeploymentRecord = z.infer<typeof recordSchema>;

export interface StoredRecord {
  readonly record: DeploymentRecord;
  readonly holder: Holder | null;
}

export const emptyRecord = (salt: string): DeploymentRecord => ({
  version: 1,
  salt,
  secrets: {},
  domainMappings: [],
  subscriptions: '',
  deployedAt: '',
});

/** The data of the config map. */
export function dataOfRecord({ record, holder }: StoredRecord, owner: Owner): Record<string, string> {
  return {
    [ownerVariables.service]: owner.service,
    [ownerVariables.stage]: owner.stage,
    record: JSON.stringify(record),
    holder: holder === null ? '' : JSON.stringify(holder),
  };
}

/** @throws RESOURCE_FOREIGN when the map is not ours, RECORD_DAMAGED when it cannot be read */
export function recordOfData(
  data: Readonly<Record<string, string>>,
  owner: Owner,
  name: string,
): StoredRecord {
  const service = data[ownerVariables.service];
  const stage = data[ownerVariables.stage];
  if (service !== owner.service || stage !== owner.stage) {
    throw new EarshotError('RESOURCE_FOREIGN', {
      field: `config map ${name}`,
      expected: `the marking of service ${owner.service}, stage ${owner.stage}`,
      received: service === undefined ? 'no marking' : `service ${service}, stage ${stage}`,
    });
  }
  const where = { file: `config map ${name}` };
  return {
    record: parseWithSchema(recordSchema, jsonOf(data['record']), 'RECORD_DAMAGED', where, ['record']),
    holder: data['holder']
      ? parseWithSchema(holderSchema, jsonOf(data['holder']), 'RECORD_DAMAGED', where, ['holder'])
      : null,
  };
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return text;
  }
}
