import type { CommandOption } from '../../serverless-code-engine/framework.ts';

/** As the help of `data convert` tells them. */
export const convertOptions: Readonly<Record<string, CommandOption>> = {
  embeddings: {
    usage: 'Files of embeddings, .npy, .npz or .csv; the words after the command',
    type: 'multiple',
  },
  labels: {
    usage: 'CSV file: id,labels (a;b), if need be start,end,source,split',
    type: 'string',
    shortcut: 'l',
  },
  output: { usage: 'Folder to make, for upload', type: 'string', shortcut: 'o' },
  force: { usage: 'Replace the folder of an earlier conversion', type: 'boolean' },
  values: {
    usage:
      'What floats and CSV values are: bytes (0..255), quantise (-2..2, before the quantiser of VGGish) or float32 (as they are)',
    type: 'string',
  },
  width: { usage: 'Values a frame in CSV files (default 128)', type: 'string' },
  'eval-share': { usage: 'Share of the clips to evaluate on (default 0.2)', type: 'string' },
  'label-list': { usage: 'labels.csv of the dataset so far, to keep its indices', type: 'string' },
  unlabelled: { usage: 'Clips without a label: refuse (default), skip or keep', type: 'string' },
  'frame-seconds': { usage: 'Seconds a frame, where ends are not given (default 1)', type: 'string' },
  'shard-megabytes': { usage: 'Largest TFRecord file (default 16)', type: 'string' },
  json: { usage: 'Print the result as one line of JSON, last', type: 'boolean' },
};
