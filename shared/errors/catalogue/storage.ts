import type { CatalogueEntry } from './entry.ts';

/** Codes of the object store. */
export const storageCodes = {
  OBJECT_MISSING: {
    kind: 'user',
    message: 'An object that is needed is not in the bucket',
    cause: 'It was deleted, or never uploaded.',
    remedy: 'Upload it again.',
    status: 404,
    exit: 6,
  },
  STORE_UNREACHABLE: {
    kind: 'fault',
    message: 'The object store did not answer',
    cause: 'Wrong endpoint, network trouble, or the service is away.',
    remedy: 'Check COS_ENDPOINT and the network; the call is safe to repeat.',
    status: 503,
    exit: 6,
  },
  STORE_DENIED: {
    kind: 'user',
    message: 'The object store refused the credentials',
    cause: 'The key is wrong, expired, or has no access to this bucket.',
    remedy: 'Give credentials with Reader (infer) or Writer (the rest) on the bucket.',
    status: 500,
    exit: 6,
  },
  STORE_NOT_CONDITIONAL: {
    kind: 'user',
    message: 'The object store does not honour conditional writes',
    cause: 'If-None-Match or If-Match on PUT is ignored, so two writers could overwrite each other.',
    remedy: 'Use IBM Cloud Object Storage, the local platform, or a store that answers 412.',
    status: 500,
    exit: 6,
  },
  STORE_FULL: {
    kind: 'user',
    message: 'The object store has no room left',
    cause: 'The disk of the local platform is full, or the bucket has reached its quota.',
    remedy:
      'Make room on the disk, or raise the quota; then repeat: nothing of what was refused was stored, and what was there before is whole.',
    status: 507,
    exit: 6,
  },
  STORE_FAILED: {
    kind: 'fault',
    message: 'The object store answered with an error',
    cause: 'See the code it gave.',
    remedy: 'Repeat; if it stays, look the code up in the documentation of the store.',
    exit: 6,
  },
  CONDITIONAL_WRITE_LOST: {
    kind: 'fault',
    message: 'Another writer changed the object first',
    cause: 'Two runs worked on the same thing.',
    remedy: 'Nothing: the other one carries on.',
  },
} as const satisfies Record<string, CatalogueEntry>;
