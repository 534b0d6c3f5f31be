import type { CatalogueEntry } from './entry.ts';

/** Codes of subscriptions and of the commands that work on a deployment. */
export const cloudCommandCodes = {
  CLI_MISSING: {
    kind: 'user',
    message: 'The ibmcloud command line is not there',
    cause: 'It is not installed, or not on the PATH.',
    remedy:
      'Install it with its plug-in: https://cloud.ibm.com/docs/cli, then ibmcloud plugin install code-engine; or deploy with --subscriptions print and run the commands elsewhere.',
    exit: 6,
  },
  CLI_NOT_READY: {
    kind: 'user',
    message: 'The ibmcloud command line cannot work on the project',
    cause: 'It is not logged in, has no plug-in code-engine, or may not see the project.',
    remedy:
      'Run ibmcloud login, ibmcloud plugin install code-engine and ibmcloud ce project list; IBMCLOUD_API_KEY in the environment logs in by itself.',
    exit: 6,
  },
  CLI_FAILED: {
    kind: 'fault',
    message: 'A command of ibmcloud failed',
    cause: 'See what it said.',
    remedy:
      'Mend what it says and deploy again, which goes on from here; or deploy with --subscriptions print.',
    exit: 6,
  },
  SUBSCRIPTION_FOREIGN: {
    kind: 'user',
    message: 'A subscription of this name belongs to something else',
    cause:
      'It was made by hand or by another service, or the command line does not tell the CloudEvents extensions of subscriptions.',
    remedy:
      'Delete it with ibmcloud ce subscription cos|cron delete if it is not needed, or rename the service; where the extensions are not told, deploy with --subscriptions print.',
    exit: 6,
  },
} as const satisfies Record<string, CatalogueEntry>;
