import { groupText } from '../dataset-report/anomaly-text.ts';
import { readAnomalies } from '../dataset-report/read-anomalies.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { DatasetPolicyCode } from './anomaly-rules.ts';
import type { Snapshot } from './documents.ts';
import { incomingPrefix, type Split } from './keys.ts';
import type { Exclusions } from './settle-clips.ts';
import type { SourceState } from './settled-sources.ts';

/** What a snapshot would be made of. */
export interface Settled {
  readonly dataset: string;
  readonly sources: SourceState;
  readonly counts: Snapshot['sources'];
  readonly clips: Readonly<Record<Split, number>>;
  readonly excluded: Exclusions;
}

/**
 * @throws SNAPSHOT_REFUSED when the dataset's policy does not tolerate what settling found, SNAPSHOT_EMPTY when train or
 *   eval has no clip; both with the anomalies grouped, each with its first place and remedy
 */
export async function expectTrainable(store: ObjectStore, settled: Settled): Promise<void> {
  const { dataset, sources, counts, clips, excluded } = settled;
  const isError = (code: string) => sources.config.policy[code as DatasetPolicyCode] === 'error';
  const intolerable = Object.entries(excluded.counts).filter(([code]) => isError(code));
  const empty = (['train', 'eval'] as const).find((split) => clips[split] === 0);
  if (intolerable.length === 0 && empty === undefined) return;
  const groups = await readAnomalies(store, sources, excluded);
  const file = incomingPrefix(dataset);
  if (intolerable.length > 0) {
    throw new EarshotError('SNAPSHOT_REFUSED', {
      file,
      field: intolerable.map(([code]) => `policy.${code}`).join(', '),
      expected: 'no such clip',
      received: intolerable.map(([code, count]) => `${count} × ${code}`).join(', '),
      findings: groups.filter(({ code }) => isError(code)).flatMap(findingLines),
    });
  }
  const { files, quarantinedRecords } = counts;
  throw new EarshotError('SNAPSHOT_EMPTY', {
    file,
    field: empty!,
    expected: 'at least 1 good clip',
    received: `${clips.train} in train, ${clips.eval} in eval, ${quarantinedRecords} records in quarantine, from ${files} files`,
    findings: groups.flatMap(findingLines),
  });
}

const findingLines = (group: Parameters<typeof groupText>[0] & { readonly remedy: string }) => [
  groupText(group),
  `  ${group.remedy}`,
];
