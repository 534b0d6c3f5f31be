import type { CatalogueEntry } from './entry.ts';

/** Codes of the search among evaluated clips. */
export const searchCodes = {
  LABEL_NOT_FOUND: {
    kind: 'user',
    message: 'The model has no such label',
    cause: 'The label is misspelt, or of another label list.',
    remedy: 'Take one of the suggestions, or one of GET /model/labels.',
    status: 404,
    exit: 2,
  },
  SEARCH_INDEX_MISSING: {
    kind: 'user',
    message: 'This version of the model cannot be searched',
    cause: 'It was published before versions had an index for it, or its search.bin was deleted.',
    remedy:
      'Train again, `npx serverless train <dataset>`: the new version has one. Predictions work without it.',
    status: 404,
    exit: 6,
  },
  SEARCH_INDEX_CORRUPT: {
    kind: 'fault',
    message: 'The search index of a version does not match its checksum',
    cause: 'The object was changed or cut after it was written.',
    remedy: 'Train again, `npx serverless train <dataset>`. Predictions work without it.',
  },
  EVALUATED_CLIPS_MISSING: {
    kind: 'user',
    message: 'The clips that the version was evaluated on are not in the bucket any more',
    cause: 'Its snapshot or a shard of it was deleted.',
    remedy: 'Upload the clips again and train again. Predictions work without them.',
    status: 404,
    exit: 6,
  },
  CLIP_NOT_FOUND: {
    kind: 'user',
    message: 'The version was not evaluated on such a clip',
    cause: 'The id is misspelt, or the clip is a training clip.',
    remedy: 'Take an id of GET /clips or GET /search.',
    status: 404,
  },
} as const satisfies Record<string, CatalogueEntry>;
