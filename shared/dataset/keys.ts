/** The bucket's layout, in one place. Keys are opaque strings; they are never joined as file paths. */
export const prefixes = {
  incoming: 'incoming/',
  datasets: 'datasets/',
  receipts: 'receipts/',
  quarantine: 'quarantine/',
  manifest: 'manifest/',
  shards: 'shards/',
  snapshots: 'snapshots/',
  runs: 'runs/',
  models: 'models/',
} as const;

/** VGGish's weights and principal components, where the user has put them: docs/audio.md. */
export const vggishKey = 'vggish/vggish.safetensors';

/** Where a starting instance tries whether the store honours conditional writes. */
export const probeKey = 'probes/conditional-write';

export type UploadSplit = 'train' | 'eval' | 'all';
export type Split = 'train' | 'eval';

/** `incoming/<dataset>/<split>/<file>`; `file` may hold further slashes. */
export interface IncomingKey {
  readonly dataset: string;
  readonly split: UploadSplit;
  readonly file: string;
}

const datasetName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const runName = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
const sourceFile = /[^/]\.tfrecord(\.gz|\.zlib)?$/;

/** Null when the key is not of that form. */
export function parseIncomingKey(key: string): IncomingKey | null {
  if (!key.startsWith(prefixes.incoming)) return null;
  const [dataset = '', split = '', ...rest] = key.slice(prefixes.incoming.length).split('/');
  const file = rest.join('/');
  if (!datasetName.test(dataset) || !sourceFile.test(file)) return null;
  if (split !== 'train' && split !== 'eval' && split !== 'all') return null;
  return { dataset, split, file };
}

export function isDatasetName(name: string): boolean {
  return datasetName.test(name);
}

/** Run names become job-run names: lower case, digits and dashes, at most 40 characters. */
export function isRunName(name: string): boolean {
  return runName.test(name);
}

const withoutIncoming = (key: string) => key.slice(prefixes.incoming.length);

export const incomingPrefix = (dataset: string) => `${prefixes.incoming}${dataset}/`;
export const incomingKey = (dataset: string, split: UploadSplit, file: string) =>
  `${incomingPrefix(dataset)}${split}/${file}`;

export const receiptKey = (incoming: string) => `${prefixes.receipts}${withoutIncoming(incoming)}.json`;
export const manifestKey = (incoming: string) => `${prefixes.manifest}${withoutIncoming(incoming)}.json`;
/** A valid TFRecord of the bad records, plain whatever the source was: `a.tfrecord.gz` has `a.tfrecord.gz.tfrecord`. */
export const quarantineKey = (incoming: string) =>
  `${prefixes.quarantine}${withoutIncoming(incoming)}.tfrecord`;
export const quarantineReasonsKey = (incoming: string) =>
  `${prefixes.quarantine}${withoutIncoming(incoming)}.reasons.json`;

/** How the keys of what mirrors an upload go on behind its own. */
const mirrorEndings = [
  [prefixes.receipts, '.json'],
  [prefixes.manifest, '.json'],
  [prefixes.quarantine, '.reasons.json'],
  [prefixes.quarantine, '.tfrecord'],
] as const;

/** The incoming key that a receipt, a manifest entry or an object in quarantine mirrors; null for other keys. */
export function sourceOfMirror(key: string): string | null {
  const mirror = mirrorEndings.find(([prefix, ending]) => key.startsWith(prefix) && key.endsWith(ending));
  if (mirror === undefined) return null;
  const [prefix, ending] = mirror;
  return `${prefixes.incoming}${key.slice(prefix.length, -ending.length)}`;
}

export const manifestPrefix = (dataset: string) => `${prefixes.manifest}${dataset}/`;
export const shardPrefix = (dataset: string) => `${prefixes.shards}${dataset}/`;
export const shardKey = (dataset: string, split: Split, contentHash: string) =>
  `${shardPrefix(dataset)}${split}/${contentHash}.shard`;
export const snapshotPrefix = (dataset: string) => `${prefixes.snapshots}${dataset}/`;
export const snapshotKey = (dataset: string, hash: string) => `${snapshotPrefix(dataset)}${hash}.json`;
export const datasetConfigKey = (dataset: string) => `${prefixes.datasets}${dataset}.json`;
export const labelListKey = (dataset: string) => `${prefixes.datasets}${dataset}.labels.csv`;

/** Keys of a run; `runOfRequest` is the other direction for its request. */
export function runKeys(run: string) {
  const base = `${prefixes.runs}${run}/`;
  return {
    base,
    request: `${base}request.json`,
    job: `${base}job.json`,
    resolved: `${base}resolved.json`,
    status: `${base}status.json`,
    /** Of an ensemble. */
    publisher: `${base}publisher.json`,
    report: `${base}report.json`,
    reportPage: `${base}report.html`,
    measured: `${base}metrics.json`,
    checkpointPointer: `${base}checkpoint/pointer.json`,
    checkpoint: (epoch: number, step: number) => `${base}checkpoint/${epoch}-${step}.state`,
    metrics: (epoch: number, step: number) => `${base}metrics/${epoch}-${step}.json`,
    // TensorBoard knows event files by the middle of their names, and reads them in the order of these.
    events: (epoch: number, step: number) =>
      `${base}events/events.out.tfevents.${String(step).padStart(10, '0')}.${epoch}`,
  };
}

/** A member of an ensemble has the keys of a run, below those of its own. */
export const memberRun = (run: string, index: number) => `${run}/members/${index}`;

/** What stands for the run in the key of a request, be it a run name or not; null when it is no request. */
export function runOfRequest(key: string): string | null {
  const run = key.slice(prefixes.runs.length, -'/request.json'.length);
  return run !== '' && runKeys(run).request === key ? run : null;
}

/** Keys of a model; a version counts as complete once its `modelJson` is there. */
export function modelKeys(name: string) {
  const base = `${prefixes.models}${name}/`;
  return {
    base,
    aliases: `${base}aliases.json`,
    /** How a candidate compares with stable: one object an instance of infer. */
    comparisons: (stable: string, candidate: string) => `${base}comparisons/${stable}-${candidate}/`,
    version: (version: string) => ({
      claim: `${base}${version}/claim.json`,
      modelJson: `${base}${version}/model.json`,
      /** By the paths that model.json names. */
      weights: (path: string) => `${base}${version}/${path}`,
      card: `${base}${version}/card.md`,
      labels: `${base}${version}/labels.csv`,
      metrics: `${base}${version}/metrics.json`,
      lineage: `${base}${version}/lineage.json`,
      /** Absent in versions of before there was one. */
      searchIndex: `${base}${version}/search.bin`,
    }),
  };
}
