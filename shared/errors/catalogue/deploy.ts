import type { CatalogueEntry } from './entry.ts';

/** Codes of `deploy` and `remove`. */
export const deployCodes = {
  RESOURCE_FOREIGN: {
    kind: 'user',
    message: 'A resource of this name belongs to something else',
    cause:
      'It was made by hand or by another service, so it is left as it is; or the config map that says what is ours was deleted.',
    remedy:
      'Delete it in the Code Engine project if it is not needed, or deploy under another service name, stage or project.',
    exit: 6,
  },
  RECORD_DAMAGED: {
    kind: 'fault',
    message: 'The record of the deployment cannot be read',
    cause: 'Something else wrote into its config map, or another version of Earshot did.',
    remedy: 'Deploy with the version that wrote it, or restore the config map named here.',
    exit: 6,
  },
  DEPLOY_UNDERWAY: {
    kind: 'user',
    message: 'Another deployment of this service and stage is at work',
    cause: 'Two deployments at once: one goes on, the other ends here, and has changed nothing.',
    remedy:
      'Wait until it has ended and deploy again. If it was killed on another machine, its right ends by itself two minutes after its last sign of life.',
    exit: 6,
  },
  DEPLOY_TAKEN_OVER: {
    kind: 'user',
    message: 'Another deployment took over',
    cause: 'This one was silent for more than two minutes, so it was believed dead.',
    remedy: 'See what is there with serverless info, then deploy again.',
    exit: 6,
  },
  NOT_DEPLOYED: {
    kind: 'user',
    message: 'This stage is not deployed',
    cause: 'Nothing was deployed under this service, stage, project and region.',
    remedy: 'Check --stage, or run serverless deploy.',
    exit: 6,
  },
} as const satisfies Record<string, CatalogueEntry>;
