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
  SUBSCRIPTION_SECRET_UNKNOWN: {
    kind: 'user',
    message: 'The secret that events must carry is not known',
    cause: 'An earlier deployment made it, and neither the API nor a subscription tells it.',
    remedy:
      'Delete the secret <service>-<stage>-events-key of the project (ibmcloud ce secret delete) and deploy again: it is made anew.',
    exit: 6,
  },
  LOGS_ELSEWHERE: {
    kind: 'user',
    message: 'The command line of Code Engine has no logs of functions',
    cause: 'Only apps and job runs have a documented command for their logs.',
    remedy:
      'Connect an instance of IBM Cloud Logs in the region and look at https://cloud.ibm.com/observability/logging with the name of the function; docs/deploy.md says how.',
    exit: 6,
  },
  INVOKE_FAILED: {
    kind: 'fault',
    message: 'The function did not answer with success',
    cause: 'See the status and what it says; 401 and 403 are about the API key.',
    remedy:
      'Set EARSHOT_API_KEY to the key that deploy showed; see npx serverless doctor cloud for the rest.',
    exit: 6,
  },
  DOCTOR_FOUND_PROBLEMS: {
    kind: 'user',
    message: 'The deployment would not work as it is',
    cause: 'See the findings that are marked as problems.',
    remedy: 'Do what stands under each of them, then run npx serverless doctor cloud again.',
    exit: 6,
  },
  LOCAL_ONLY: {
    kind: 'user',
    message: 'This command is for the local platform',
    cause:
      'Code Engine keeps no list of events that were given up, and a bucket alone does not tell whose it is.',
    remedy:
      'In the cloud the sweep finds what events lost; npx serverless replay <key or prefix> --cloud sends them again, npx serverless logs tells what failed.',
    exit: 2,
  },
  INTERRUPTED: {
    kind: 'user',
    message: 'The command was interrupted',
    cause: 'Ctrl-C was pressed.',
    remedy: 'What it had begun goes on; the same command looks at it again.',
    exit: 130,
  },
} as const satisfies Record<string, CatalogueEntry>;
