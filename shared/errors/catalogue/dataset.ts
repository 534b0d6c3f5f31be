import type { CatalogueEntry } from './entry.ts';

/** Codes of datasets, shards and snapshots. */
export const datasetCodes = {
  DUPLICATE_CLIP: {
    kind: 'anomaly',
    message: 'A clip id occurs in more than one file of a split',
    cause: 'The same clip was uploaded under two keys.',
    remedy: 'Remove one of the files; the clip of the first key was kept.',
  },
  LEAKED_CLIP: {
    kind: 'anomaly',
    message: 'A clip id occurs both in train and in eval',
    cause: 'The splits overlap, which makes every metric too good.',
    remedy: 'Remove the clip from one split; it was kept in eval and left out of train.',
  },
  LABEL_UNKNOWN: {
    kind: 'anomaly',
    message: "A clip names a label that the dataset's label list does not have",
    cause: 'The label list is of another dataset, or shorter than the labels used.',
    remedy: 'Upload datasets/<dataset>.labels.csv with every index used; the clip is left out until then.',
  },
  INCOMING_KEY_INVALID: {
    kind: 'anomaly',
    message: 'The object is not at incoming/<dataset>/<split>/<file>.tfrecord[.gz]',
    cause:
      'The split must be train, eval or all, and the dataset a name of letters, digits, dot, dash, underscore.',
    remedy: 'Move the object to such a key.',
  },
  DATASET_CONFIG_INVALID: {
    kind: 'user',
    message: 'The configuration of the dataset is not valid',
    cause: 'datasets/<dataset>.json has an unknown or wrong property.',
    remedy: 'Correct the property named here and upload the file again.',
    exit: 3,
  },
  LABEL_LIST_INVALID: {
    kind: 'user',
    message: 'The label list is not valid',
    cause:
      'datasets/<dataset>.labels.csv must have the columns index,mid,display_name with indices 0, 1, 2 and so on.',
    remedy: 'Correct the line named here and upload the file again.',
    exit: 3,
  },
  SHARD_CORRUPT: {
    kind: 'fault',
    message: 'A shard does not match its header or checksum',
    cause: 'The object was changed or cut after it was written.',
    remedy: 'Delete the shard; the sweep writes it again from incoming/, or the next run does.',
  },
  DOCUMENT_CORRUPT: {
    kind: 'fault',
    message: 'A document that Earshot keeps in the bucket cannot be read',
    cause: 'The object was changed by hand or cut, or another version of Earshot wrote it.',
    remedy: 'Delete it; receipts and manifest entries are written again from incoming/.',
  },
  SNAPSHOT_REFUSED: {
    kind: 'user',
    message: 'The dataset has anomalies that its policy does not tolerate',
    cause:
      'Its files overlap or name unknown labels, and datasets/<dataset>.json says that this is an error.',
    remedy: 'Mend what is named here, or make it a warning in the policy, and request the run again.',
    exit: 4,
  },
  DATASET_EMPTY: {
    kind: 'user',
    message: 'The dataset has no uploads',
    cause: 'Nothing was uploaded to it yet, or its name is misspelt.',
    remedy: 'Upload to it: npx serverless upload <files> <dataset>.',
    exit: 4,
  },
  SNAPSHOT_EMPTY: {
    kind: 'user',
    message: 'The dataset has no good clip to train on',
    cause: 'Nothing was uploaded, everything was quarantined, or the split train or eval is missing.',
    remedy: 'Upload clips to train and eval, or to all, and mend what is named here.',
    exit: 4,
  },
  PIPELINE_NOT_SETTLED: {
    kind: 'fault',
    message: 'Some uploaded files are not validated and sharded yet',
    cause: 'The pipeline is still at work, or an event was lost.',
    remedy: 'Nothing: the event is delivered again, and the sweep finds what was lost.',
    status: 503,
    exit: 7,
  },
} as const satisfies Record<string, CatalogueEntry>;
