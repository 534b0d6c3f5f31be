import type * as z from 'zod';
import { appAnswer, appChange, appRequest } from './schemas/app.ts';
import { buildAnswer, buildChange, buildRequest, buildRunAnswer, buildRunRequest } from './schemas/build.ts';
import { domainMappingAnswer, domainMappingChange, domainMappingRequest } from './schemas/domain-mapping.ts';
import { functionAnswer, functionChange, functionRequest } from './schemas/function.ts';
import { jobAnswer, jobChange, jobRequest, jobRunAnswer, jobRunRequest } from './schemas/job.ts';
import {
  configMapAnswer,
  configMapChange,
  configMapRequest,
  secretAnswer,
  secretChange,
  secretRequest,
} from './schemas/secret.ts';

/** How the API has one kind of resource. */
export interface Kind {
  /** Last part of the collection's path, and property of a list's answer that holds the items. */
  readonly collection: string;
  readonly request: z.ZodType;
  readonly answer: z.ZodType;
  /** Status of a successful POST. */
  readonly created: 201 | 202;
  /** How it is changed; absent for what never changes. A PUT replaces the whole resource. */
  readonly change?: { readonly method: 'PATCH' | 'PUT'; readonly schema: z.ZodType };
}

/** The kinds of resources of a project that a deployment makes or reads, as API v2 has them. */
export const kinds = {
  function: {
    collection: 'functions',
    request: functionRequest,
    answer: functionAnswer,
    created: 201,
    change: { method: 'PATCH', schema: functionChange },
  },
  app: {
    collection: 'apps',
    request: appRequest,
    answer: appAnswer,
    created: 201,
    change: { method: 'PATCH', schema: appChange },
  },
  job: {
    collection: 'jobs',
    request: jobRequest,
    answer: jobAnswer,
    created: 201,
    change: { method: 'PATCH', schema: jobChange },
  },
  job_run: { collection: 'job_runs', request: jobRunRequest, answer: jobRunAnswer, created: 202 },
  secret: {
    collection: 'secrets',
    request: secretRequest,
    answer: secretAnswer,
    created: 201,
    change: { method: 'PUT', schema: secretChange },
  },
  config_map: {
    collection: 'config_maps',
    request: configMapRequest,
    answer: configMapAnswer,
    created: 201,
    change: { method: 'PUT', schema: configMapChange },
  },
  build: {
    collection: 'builds',
    request: buildRequest,
    answer: buildAnswer,
    created: 201,
    change: { method: 'PATCH', schema: buildChange },
  },
  build_run: { collection: 'build_runs', request: buildRunRequest, answer: buildRunAnswer, created: 202 },
  domain_mapping: {
    collection: 'domain_mappings',
    request: domainMappingRequest,
    answer: domainMappingAnswer,
    created: 201,
    change: { method: 'PATCH', schema: domainMappingChange },
  },
} as const satisfies Record<string, Kind>;

type Kinds = typeof kinds;
export type KindName = keyof Kinds;
export type ChangeableKind = { [K in KindName]: Kinds[K] extends { change: object } ? K : never }[KindName];

/** Body of the POST that makes one. */
export type Desired<K extends KindName> = z.input<Kinds[K]['request']>;
/** What the API says of one. */
export type Actual<K extends KindName> = z.output<Kinds[K]['answer']>;
/** Body of the PATCH, with what is to change, or of the PUT, with everything. */
export type Change<K extends ChangeableKind> = Kinds[K] extends {
  change: { schema: infer S extends z.ZodType };
}
  ? z.input<S>
  : never;
