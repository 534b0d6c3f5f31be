import type { ClipTable } from '../dataset/clip-table.ts';
import { modelKeys } from '../dataset/keys.ts';
import type { Label } from '../dataset/label-list.ts';
import { readSnapshot } from '../dataset/read-shards.ts';
import type { ShardColumns } from '../dataset/shard-format.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import { preview } from '../errors/parse-with-schema.ts';
import { readLineage } from '../registry/lineage.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type EvaluatedClip, EvaluatedSet } from './evaluated-set.ts';
import { findLabel } from './find-label.ts';
import { Recent } from './recent.ts';
import {
  blockRange,
  decodeSearchBlock,
  decodeSearchHeader,
  type Hit,
  headerBytes,
  type SearchHeader,
} from './search-index.ts';

export interface NamedVersion {
  /** Of the model. */
  readonly name: string;
  readonly version: string;
}

export interface FoundClip extends EvaluatedClip {
  /** Of the label that was searched for, 0..1, as the version was evaluated. */
  readonly probability: number;
}

export interface SearchResult {
  readonly label: Label;
  /** Clips that were evaluated. */
  readonly evaluated: number;
  /** Most probable first. */
  readonly clips: readonly FoundClip[];
}

/** Shards whose columns are kept: of some 8000 clips each, a megabyte. */
const keptShards = 8;
/** Labels of an index that are kept: of 50 clips each. */
const keptLabels = 512;
const keptVersions = 4;

/**
 * The clips that versions were evaluated on, and what the versions gave them. Everything is read when it is asked for, in
 * parts, and little of it is kept.
 */
export class EvaluatedClips {
  private readonly sets = new Recent<EvaluatedSet>(keptVersions);
  private readonly headers = new Recent<SearchHeader>(keptVersions);
  private readonly columns = new Recent<ShardColumns>(keptShards);
  private readonly hits = new Recent<readonly Hit[]>(keptLabels);
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /**
   * The evaluated clips that have a label most.
   * @param text name, mid or index of the label; it stands at `path` of the request
   * @param topK at most so many, which the index may have fewer of
   * @throws LABEL_NOT_FOUND, SEARCH_INDEX_MISSING, SEARCH_INDEX_CORRUPT, EVALUATED_CLIPS_MISSING, SHARD_CORRUPT,
   *   MODEL_MISSING, MODEL_CORRUPT
   */
  search(version: NamedVersion, text: string, topK: number, path: string): Promise<SearchResult> {
    return unlessMissing(async () => {
      const set = await this.setOf(version);
      const label = findLabel(text, set.labels, path);
      const hits = (await this.hitsOf(version, set, label.index)).slice(0, topK);
      const clips = await set.clipsAt(hits.map(({ row }) => row));
      return {
        label,
        evaluated: set.clips,
        clips: clips.map((clip, i) => ({ ...clip, probability: hits[i]!.probability })),
      };
    });
  }

  /** Some evaluated clips, of as many labels as can be. @throws as `search`, without what is of labels and index */
  spread(version: NamedVersion, limit: number): Promise<EvaluatedClip[]> {
    return unlessMissing(async () => (await this.setOf(version)).spread(limit));
  }

  /** An evaluated clip with its frames `[n, width]`. @throws CLIP_NOT_FOUND, and as `spread` */
  clip(
    version: NamedVersion,
    id: string,
  ): Promise<EvaluatedClip & { readonly width: number; readonly frames: ClipTable['frames'] }> {
    return unlessMissing(async () => {
      const set = await this.setOf(version);
      const found = await set.clipWithFrames(id);
      if (found !== null) return { ...found.clip, width: set.shape.width, frames: found.frames };
      throw new EarshotError('CLIP_NOT_FOUND', {
        path: 'path.id',
        expected: `the id of one of the ${set.clips} clips that ${version.name}/${version.version} was evaluated on`,
        received: preview(id),
      });
    });
  }

  private setOf({ name, version }: NamedVersion): Promise<EvaluatedSet> {
    return this.sets.get(`${name}/${version}`, async () => {
      const { snapshot } = await readLineage(this.store, name, version);
      return new EvaluatedSet(this.store, await readSnapshot(this.store, snapshot), this.columns);
    });
  }

  private async hitsOf({ name, version }: NamedVersion, set: EvaluatedSet, label: number) {
    const file = modelKeys(name).version(version).searchIndex;
    const read = async (range: { readonly start: number; readonly end: number }) => {
      const object = await this.store.get(file, { range });
      if (object === null) {
        throw new EarshotError('SEARCH_INDEX_MISSING', { file, expected: 'an index', received: 'nothing' });
      }
      return object.bytes;
    };
    const header = await this.headers.get(file, async () =>
      decodeSearchHeader(await read({ start: 0, end: headerBytes - 1 }), file),
    );
    const expected = sizeText(set.clips, set.labels.length);
    const received = sizeText(header.clips, header.labels);
    if (expected !== received) throw new EarshotError('SEARCH_INDEX_CORRUPT', { file, expected, received });
    return this.hits.get(`${file} ${label}`, async () =>
      decodeSearchBlock(await read(blockRange(header, label)), header, label, file),
    );
  }
}

const sizeText = (clips: number, labels: number) => `${clips} clips and ${labels} labels`;

/** What of the data is gone is no fault of a request. */
async function unlessMissing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'OBJECT_MISSING') throw error;
    const details = { ...error.details, expected: 'the clips of the evaluation', received: 'nothing' };
    throw new EarshotError('EVALUATED_CLIPS_MISSING', details, { cause: error });
  }
}
