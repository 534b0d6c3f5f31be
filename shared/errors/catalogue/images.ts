import type { CatalogueEntry } from './entry.ts';

/** Codes of container images and their registries. */
export const imageCodes = {
  REGISTRY_DENIED: {
    kind: 'user',
    message: 'The container registry refused the credentials',
    cause: 'The key is wrong or expired, has no access to this repository, or the namespace does not exist.',
    remedy:
      'Give an API key with Manager on the namespace of the Container Registry, and make the namespace: ibmcloud cr namespace-add.',
    exit: 6,
  },
  REGISTRY_UNREACHABLE: {
    kind: 'fault',
    message: 'The container registry is not available',
    cause: 'Wrong host, network trouble, or the service is away or overloaded.',
    remedy:
      'Check the host of the image and the network, and deploy again: what was pushed is not pushed twice.',
    exit: 6,
  },
  REGISTRY_FAILED: {
    kind: 'fault',
    message: 'The container registry answered with an error',
    cause: 'See the code it gave; a full quota is the usual one.',
    remedy: 'Mend what it says, and deploy again: what was pushed is not pushed twice.',
    exit: 6,
  },
  IMAGE_MISSING: {
    kind: 'user',
    message: 'The container image does not exist',
    cause: 'Its repository, tag or digest is misspelt, or it was deleted.',
    remedy: 'Name an image that docker pull finds.',
    exit: 3,
  },
  IMAGE_UNSUPPORTED: {
    kind: 'user',
    message: 'The container image cannot be used as a base',
    cause: 'It is not built for linux/amd64, or not in the format of Docker 1.10 or OCI.',
    remedy: 'Name an image of Node 22 for linux/amd64, for example node:22-bookworm-slim.',
    exit: 3,
  },
  IMAGE_DAMAGED: {
    kind: 'fault',
    message: 'The registry sent other bytes than their digest promises',
    cause: 'Something on the way, a proxy for example, changed or cut them.',
    remedy: 'Deploy again; if it stays, pull the image with docker to see who is right.',
    exit: 6,
  },
  IMAGE_TOO_LARGE: {
    kind: 'user',
    message: 'The image is larger than Code Engine takes',
    cause: 'The function bundles something large, such as a model.',
    remedy: 'Keep data in the bucket, and load it when the function starts.',
    exit: 3,
  },
} as const satisfies Record<string, CatalogueEntry>;
