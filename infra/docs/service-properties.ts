import type {
  cosEventSchema,
  functionSchema,
  httpEventSchema,
  jobSchema,
  providerSchema,
} from '../service/service-schema.ts';

/** What the schemas do not say of a property: what it is for, and what is taken when it is absent. */
interface Explained {
  readonly text: string;
  readonly usual?: string;
}
/** Every property has to be here, and none else. */
type Explanations<Schema extends { readonly shape: object }> = Readonly<
  Record<keyof Schema['shape'], Explained>
>;

export const providerProperties: Explanations<typeof providerSchema> = {
  runtime: {
    text: 'Runtime of functions with http events; `serverless doctor cloud` says when it ends.',
    usual: 'required',
  },
  region: { text: 'Region of the project, the registry and the bucket.', usual: 'required by `deploy`' },
  bucket: { text: 'The one bucket; regional, in the same region.', usual: 'required' },
  project: { text: 'Name of the Code Engine project.', usual: '`<service>-<stage>`' },
  resourceGroup: {
    text: 'Id of the resource group that `deploy --create` makes a project in.',
    usual: "the account's default group",
  },
  cosInstance: {
    text: 'Name, id or CRN of the object-storage instance.',
    usual: 'the only one of the account',
  },
  cosEndpoint: {
    text: 'Where functions and jobs find the bucket.',
    usual: 'the direct (private) endpoint of the region',
  },
  registry: {
    text: 'Registry and namespace of the images.',
    usual: "the region's, and a namespace named after service and account",
  },
  baseImage: {
    text: 'Image that the layer of the event functions is put on.',
    usual: '`docker.io/library/node:22-bookworm-slim`',
  },
  environment: {
    text: 'Variables of every function and job ([settings.md](settings.md)); secrets are refused here.',
    usual: 'none',
  },
};

export const functionProperties: Explanations<typeof functionSchema> = {
  handler: { text: 'File, without `.ts`, and export.', usual: 'required' },
  cpu: {
    text: 'vCPUs. With http events 0.25, 0.5 or 1, which go with 1G, 2G and 4G; event functions share one app, which gets the most that one asks for.',
    usual: '1, or what goes with `memory`',
  },
  memory: { text: 'Memory of an instance.', usual: '4G, or what goes with `cpu`' },
  timeout: { text: 'Seconds an invocation may take; at most 120 with http events.', usual: '60' },
  concurrency: { text: 'Invocations that one instance takes at once.', usual: '1' },
  instances: {
    text: 'Most instances of the events app; not with http events, which have no such limit.',
    usual: '10',
  },
  environment: { text: 'Variables, over those of the provider.', usual: 'none' },
  public: {
    text: 'With http events: `true` lets everyone ask. Otherwise callers show an API key as `authorization: Bearer <key>`.',
    usual: '`false`',
  },
  keys: {
    text: 'With http events: names of the API keys, each made once and told once; see [operations.md](operations.md#api-keys).',
    usual: '`[default]`',
  },
  cors: { text: 'With http events: origins whose pages may call, or `*`.', usual: 'none' },
  customDomain: {
    text: 'With http events: a domain of your own, `{ name, tlsSecret }`; see [deploy.md](deploy.md#a-domain-of-your-own).',
    usual: 'none',
  },
};

export const jobProperties: Explanations<typeof jobSchema> = {
  handler: { text: 'File, without `.ts`, and export.', usual: 'required' },
  cpu: { text: 'vCPUs of a run.', usual: '1, or what goes with `memory`' },
  memory: { text: 'Memory of a run.', usual: '4G, or what goes with `cpu`' },
  timeout: {
    text: 'Seconds a job run may take; the sweep starts it again from its checkpoint.',
    usual: '86400',
  },
  environment: { text: 'Variables, over those of the provider.', usual: 'none' },
  retries: {
    text: 'How often Code Engine itself starts a failed run again; the sweep does so in any case.',
    usual: '0',
  },
  image: {
    text: 'The container image.',
    usual: 'built by Code Engine from the git remote `origin` of the clone',
  },
  dockerfile: { text: 'Path of the Dockerfile in the repository.', usual: '`infra/container/Dockerfile`' },
};

export const cosEventProperties: Explanations<typeof cosEventSchema> = {
  prefix: { text: 'What keys begin with; plain text, no wildcards.', usual: 'all keys' },
  suffix: { text: 'What keys end with.', usual: 'all keys' },
  operation: { text: 'What wakes the function.' },
};

export const httpEventProperties: Explanations<typeof httpEventSchema> = {
  method: { text: 'Method of the route; `*` is any.' },
  path: { text: 'Path of the route.', usual: 'required' },
};
