import pMap from 'p-map';
import type { ClipTable } from '../dataset/clip-table.ts';
import type { ShardReference, Snapshot } from '../dataset/documents.ts';
import type { Label } from '../dataset/label-list.ts';
import { placesOf, readClipFrames, readShardColumns } from '../dataset/read-shards.ts';
import type { ShardColumns } from '../dataset/shard-format.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { clipLink } from './clip-link.ts';
import type { Recent } from './recent.ts';
import { spreadOfLabels } from './spread-of-labels.ts';

/** A clip that a version was evaluated on. */
export interface EvaluatedClip {
  readonly id: string;
  /** Seconds into the recording; null when the source did not say. */
  readonly start: number | null;
  readonly end: number | null;
  /** Null where it is of no YouTube video, or its start is not known. */
  readonly link: string | null;
  /** That it really has. */
  readonly labels: readonly Label[];
}

/** Clips to choose a spread of labels from, so that a set of millions is not read for fifty. */
const clipsToChooseFrom = 8192;
const concurrency = 4;

interface Place {
  readonly reference: ShardReference;
  /** Of its first clip among all. */
  readonly row: number;
}

/** The eval clips of a snapshot, read where they lie: of a shard its columns when they are asked for, of frames single clips. */
export class EvaluatedSet {
  readonly labels: readonly Label[];
  readonly shape: Snapshot['shape'];
  readonly clips: number;
  private readonly places: readonly Place[];
  private readonly store: ObjectStore;
  private readonly columns: Recent<ShardColumns>;

  /** @param columns those of shards that were read lately, by key */
  constructor(store: ObjectStore, { labels, shape, splits }: Snapshot, columns: Recent<ShardColumns>) {
    this.labels = labels;
    this.shape = shape;
    this.clips = splits.eval.clips;
    this.places = placesOf(splits.eval.shards);
    this.store = store;
    this.columns = columns;
  }

  /** In the order of the rows. @param rows each below `clips` @throws OBJECT_MISSING, SHARD_CORRUPT */
  async clipsAt(rows: readonly number[]): Promise<EvaluatedClip[]> {
    return pMap(
      rows,
      async (row) => {
        const place = this.places.findLast((one) => one.row <= row)!;
        return this.clipOf(await this.columnsOf(place), row - place.row);
      },
      { concurrency },
    );
  }

  /** At most `limit` clips, of as many different labels as can be. @throws OBJECT_MISSING, SHARD_CORRUPT */
  async spread(limit: number): Promise<EvaluatedClip[]> {
    const clips: EvaluatedClip[] = [];
    for (const place of this.places) {
      if (clips.length >= limit || (place.row >= clipsToChooseFrom && clips.length > 0)) break;
      const columns = await this.columnsOf(place);
      const rows = spreadOfLabels(columns, limit - clips.length);
      clips.push(...rows.map((row) => this.clipOf(columns, row)));
    }
    return clips;
  }

  /** Null when no clip has the id. @throws OBJECT_MISSING, SHARD_CORRUPT */
  async clipWithFrames(
    id: string,
  ): Promise<{ readonly clip: EvaluatedClip; readonly frames: ClipTable['frames'] } | null> {
    for (const place of this.places) {
      const columns = await this.columnsOf(place);
      const row = columns.ids.indexOf(id);
      if (row < 0) continue;
      const frameCount = columns.frameCounts[row]!;
      const frames = await readClipFrames(this.store, place.reference, this.shape, { row, frameCount });
      return { clip: this.clipOf(columns, row), frames };
    }
    return null;
  }

  private columnsOf({ reference }: Place): Promise<ShardColumns> {
    return this.columns.get(reference.key, () => readShardColumns(this.store, reference, this.shape));
  }

  private clipOf(
    { ids, starts, ends, labelOffsets, labelIndices }: ShardColumns,
    row: number,
  ): EvaluatedClip {
    const id = ids[row]!;
    const start = secondsOf(starts[row]!);
    const indices = labelIndices.subarray(labelOffsets[row]!, labelOffsets[row + 1]!);
    return {
      id,
      start,
      end: secondsOf(ends[row]!),
      link: clipLink(id, start),
      labels: Array.from(indices, (index) => this.labels[index]!),
    };
  }
}

const secondsOf = (value: number) => (Number.isNaN(value) ? null : value);
