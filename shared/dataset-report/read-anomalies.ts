import { type Receipt, receiptSchema } from '../dataset/documents.ts';
import { receiptKey } from '../dataset/keys.ts';
import type { Exclusions } from '../dataset/settle-clips.ts';
import type { SourceState } from '../dataset/settled-sources.ts';
import { readJson } from '../storage/json-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type AnomalyGroup, examplesListed, groupAnomalies } from './anomaly-groups.ts';

/**
 * The anomalies of a dataset, grouped. Numbers are of the manifest; receipts are read only until each code has its
 * examples, be there a million of them. @throws DOCUMENT_CORRUPT
 */
export async function readAnomalies(
  store: ObjectStore,
  sources: SourceState,
  excluded: Exclusions,
): Promise<AnomalyGroup[]> {
  const seen = new Map<string, number>();
  const receipts: Receipt[] = [];
  for (const { source, anomalyCounts } of sources.entries) {
    const isNews = (code: string) => (seen.get(code) ?? 0) < examplesListed;
    if (!Object.keys(anomalyCounts).some(isNews)) continue;
    const receipt = await readJson(store, receiptKey(source.key), receiptSchema, 'DOCUMENT_CORRUPT');
    // One that is being replaced, or was deleted by hand, has no examples; its numbers count all the same.
    if (receipt?.value.source.etag !== source.etag) continue;
    receipts.push(receipt.value);
    for (const { code } of receipt.value.anomalies) seen.set(code, (seen.get(code) ?? 0) + 1);
  }
  return groupAnomalies(sources, receipts, excluded);
}
