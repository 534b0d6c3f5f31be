import pMap from 'p-map';
import { type ManifestEntry, manifestEntrySchema } from '../../../shared/dataset/documents.ts';
import { parseIncomingKey, prefixes, sourceOfMirror } from '../../../shared/dataset/keys.ts';
import type { DatasetState } from '../../../shared/pipeline/pipeline-state.ts';
import { readJson } from '../../../shared/storage/json-objects.ts';
import type { ObjectInfo, ObjectStore } from '../../../shared/storage/object-store.ts';
import { datasetState, type SeenFile } from './dataset-state.ts';

/** Entries read in one go: thousands of files are summed up over a few of them. */
const readAtMost = 400;
const concurrency = 16;

/** How far the uploads have come. Listings are made anew each time; a manifest entry is read once for its ETag. */
export class DatasetReader {
  private readonly store: ObjectStore;
  /** By manifest key. */
  private entries = new Map<string, { readonly etag: string; readonly entry: ManifestEntry }>();

  constructor(store: ObjectStore) {
    this.store = store;
  }

  async read(): Promise<DatasetState[]> {
    const [incoming, receipts, manifest] = await Promise.all(
      [prefixes.incoming, prefixes.receipts, prefixes.manifest].map((prefix) => this.listed(prefix)),
    );
    await this.readEntries(manifest!);
    const validated = new Set(receipts!.map(({ key }) => sourceOfMirror(key)));
    const sharded = new Map(manifest!.map(({ key }) => [sourceOfMirror(key), key]));
    const files = new Map<string, SeenFile[]>();
    for (const object of incoming!) {
      const dataset = parseIncomingKey(object.key)?.dataset;
      if (dataset === undefined) continue;
      const key = sharded.get(object.key);
      const entry = key === undefined ? null : (this.entries.get(key)?.entry ?? null);
      // What was overwritten a moment ago has an entry of its former content.
      const isOld = entry !== null && entry.source.etag !== object.etag;
      const stage = isOld
        ? 'dropped'
        : key !== undefined
          ? 'sharded'
          : validated.has(object.key)
            ? 'validated'
            : 'dropped';
      const seen = files.get(dataset) ?? [];
      seen.push({ object, stage, entry: isOld ? null : entry });
      files.set(dataset, seen);
    }
    return [...files].map(([dataset, seen]) => datasetState(dataset, seen));
  }

  private async listed(prefix: string): Promise<ObjectInfo[]> {
    const objects: ObjectInfo[] = [];
    for await (const object of this.store.list(prefix)) objects.push(object);
    return objects;
  }

  private async readEntries(manifest: readonly ObjectInfo[]): Promise<void> {
    const kept: typeof this.entries = new Map();
    const news: ObjectInfo[] = [];
    for (const object of manifest) {
      const known = this.entries.get(object.key);
      if (known?.etag === object.etag) kept.set(object.key, known);
      else news.push(object);
    }
    await pMap(
      news.slice(0, readAtMost),
      async ({ key }) => {
        const read = await readJson(this.store, key, manifestEntrySchema, 'DOCUMENT_CORRUPT').catch(
          () => null,
        );
        if (read !== null) kept.set(key, { etag: read.etag, entry: read.value });
      },
      { concurrency },
    );
    this.entries = kept;
  }
}
