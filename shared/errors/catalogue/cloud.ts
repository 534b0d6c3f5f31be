import type { CatalogueEntry } from './entry.ts';

/** Codes of IBM Cloud, as a deployment meets it. */
export const cloudCodes = {
  CLOUD_KEY_INVALID: {
    kind: 'user',
    message: 'IBM Cloud does not know this API key',
    cause: 'IBMCLOUD_API_KEY is wrong, was deleted, or belongs to a user who was locked.',
    remedy: 'Make a key under Manage > Access (IAM) > API keys and set IBMCLOUD_API_KEY to it.',
    exit: 6,
  },
  CLOUD_FORBIDDEN: {
    kind: 'user',
    message: 'The API key may not do this',
    cause:
      'Its user or service id lacks a role on the service, the project or the resource group named here.',
    remedy: 'Have an administrator of the account grant the role; docs/deploy.md lists the ones needed.',
    exit: 6,
  },
  CLOUD_QUOTA: {
    kind: 'user',
    message: 'A limit of the account or of the project is reached',
    cause:
      'A project takes 20 functions, 40 apps, 100 jobs and 100 job runs; accounts have limits of their own.',
    remedy: 'Delete what is not needed, deploy to another project, or have the limit raised.',
    exit: 6,
  },
  CLOUD_CONFLICT: {
    kind: 'user',
    message: 'The resource is not as this deployment read it',
    cause: 'Another deployment, or a person, made, changed or deleted it meanwhile.',
    remedy: 'Let the other one end, then deploy again: it starts from what is there.',
    exit: 6,
  },
  CLOUD_NOT_FOUND: {
    kind: 'user',
    message: 'A resource that is needed is not there',
    cause: 'Its name is wrong, it is in another region or account, or it was deleted.',
    remedy: 'Check the name and the region, or let the deployment make it with --create.',
    exit: 6,
  },
  CLOUD_REFUSED: {
    kind: 'fault',
    message: 'IBM Cloud refused a request as not valid',
    cause: 'A value is outside of what the service takes now, or the service has changed.',
    remedy: 'See what it says of which field; if serverless.yml does not set it, report it with the trace.',
    exit: 6,
  },
  CLOUD_UNREACHABLE: {
    kind: 'fault',
    message: 'IBM Cloud did not answer, or not with success, however often it was asked',
    cause: 'Network trouble, too many calls at once, or the service is away.',
    remedy:
      'Check the network and cloud.ibm.com/status, then repeat: what was done already is not done twice.',
    exit: 6,
  },
  CLOUD_ANSWER_INVALID: {
    kind: 'fault',
    message: 'IBM Cloud answered with something that is not understood',
    cause: 'The service has changed, or something else answers at this address.',
    remedy: 'Check the endpoint named here, if one was set; else report it.',
    exit: 6,
  },
  CLOUD_RESOURCE_FAILED: {
    kind: 'user',
    message: 'Code Engine could not bring the resource up',
    cause: 'See the reason it gives: most often the image cannot be pulled or its process ends at once.',
    remedy: 'Look at npx serverless logs, mend the cause and deploy again.',
    exit: 6,
  },
} as const satisfies Record<string, CatalogueEntry>;
