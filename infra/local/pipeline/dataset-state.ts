import { type ManifestEntry, shardsOfEntry } from '../../../shared/dataset/documents.ts';
import { quarantineReasonsKey } from '../../../shared/dataset/keys.ts';
import { catalogue, type ErrorCode } from '../../../shared/errors/catalogue.ts';
import type { DatasetState, FileStage } from '../../../shared/pipeline/pipeline-state.ts';
import type { ObjectInfo } from '../../../shared/storage/object-store.ts';

/** An uploaded file; `entry` is null where it has none, or it is not read yet. */
export interface SeenFile {
  readonly object: ObjectInfo;
  readonly stage: FileStage;
  readonly entry: ManifestEntry | null;
}

const latestShown = 6;
const quarantineShown = 5;

/** What is known of a dataset, of its files. */
export function datasetState(dataset: string, files: readonly SeenFile[]): DatasetState {
  const entries = files.flatMap(({ entry }) => (entry === null ? [] : [entry]));
  // By their keys: files of the same content have the same shards.
  const shards = new Map(entries.flatMap(shardsOfEntry).map((shard) => [shard.key, shard.bytes]));
  const clipsIn = (split: 'train' | 'eval') =>
    sum(entries.flatMap((entry) => entry.shards[split].map(({ clips }) => clips)));
  const count = (stage: FileStage) => files.filter((file) => file.stage === stage).length;
  const bad = entries.filter(({ quarantined }) => quarantined > 0);
  const latest = files.toSorted((a, b) => b.object.lastModified.getTime() - a.object.lastModified.getTime());
  return {
    dataset,
    files: { dropped: count('dropped'), validated: count('validated'), sharded: count('sharded') },
    bytes: sum(files.map(({ object }) => object.size)),
    unread: count('sharded') - entries.length,
    clips: { train: clipsIn('train'), eval: clipsIn('eval') },
    shards: { count: shards.size, bytes: sum([...shards.values()]) },
    quarantined: {
      files: bad.length,
      records: sum(bad.map(({ quarantined }) => quarantined)),
      most: bad
        .toSorted((a, b) => b.quarantined - a.quarantined)
        .slice(0, quarantineShown)
        .map(({ source, quarantined: records }) => ({
          file: source.key,
          records,
          reasons: quarantineReasonsKey(source.key),
        })),
    },
    anomalies: anomaliesOf(entries),
    latest: latest.slice(0, latestShown).map(({ object, stage, entry }) => ({
      key: object.key,
      size: object.size,
      at: object.lastModified.toISOString(),
      stage,
      clips: entry?.clips ?? null,
      quarantined: entry?.quarantined ?? null,
    })),
  };
}

function anomaliesOf(entries: readonly ManifestEntry[]): DatasetState['anomalies'] {
  const counts = new Map<string, number>();
  for (const { anomalyCounts } of entries) {
    for (const [code, count] of Object.entries(anomalyCounts)) {
      counts.set(code, (counts.get(code) ?? 0) + count);
    }
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => {
      const { message = code, remedy = '' } = Object.hasOwn(catalogue, code)
        ? catalogue[code as ErrorCode]
        : {};
      return { code, count, message, remedy };
    });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
