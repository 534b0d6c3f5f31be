import type { CatalogueEntry } from './entry.ts';

/** Codes of `data convert`, and of what it adds to an upload. */
export const convertCodes = {
  ARRAY_UNUSABLE: {
    kind: 'user',
    message: 'The file cannot be read as an array of embeddings',
    cause: 'It is damaged, or its shape, kind of numbers or order is none that is taken.',
    remedy: 'Write it again as docs/own-classifier.md says, as with numpy.save.',
    exit: 4,
  },
  TABLE_INVALID: {
    kind: 'user',
    message: 'The CSV file is not valid',
    cause: 'A column is missing or unknown, a line has too many or too few values, or an id comes twice.',
    remedy: 'Correct the line named here; docs/own-classifier.md has the columns.',
    exit: 4,
  },
  CLIP_UNUSABLE: {
    kind: 'user',
    message: 'A clip cannot be converted',
    cause: 'Its id, times or values are none that a dataset can have.',
    remedy: 'Correct it, or choose another --values.',
    exit: 4,
  },
  CLIPS_UNMATCHED: {
    kind: 'user',
    message: 'Embeddings and labels do not belong together',
    cause: 'A clip has no labels, or there are more of the ones than of the others.',
    remedy: 'Correct the labels; --unlabelled skip or keep says what becomes of clips without one.',
    exit: 4,
  },
  DATASET_CONFLICT: {
    kind: 'user',
    message: 'The dataset in the bucket has another label list or shape',
    cause: 'Its clips would get other labels, or could not be trained on together with the new ones.',
    remedy: 'Convert with --label-list and the list of the dataset, or upload to another dataset.',
    exit: 3,
  },
} as const satisfies Record<string, CatalogueEntry>;
