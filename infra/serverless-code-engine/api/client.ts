import type * as z from 'zod';
import type { Actual, Change, ChangeableKind, Desired, KindName } from './resources.ts';
import type {
  functionRuntimesAnswer,
  projectAnswer,
  projectRequest,
  projectStatusAnswer,
} from './schemas/project.ts';

export type Project = z.output<typeof projectAnswer>;
export type FunctionRuntime = z.output<typeof functionRuntimesAnswer>['function_runtimes'][number];

/**
 * The Code Engine API v2 of one region. Calls that the cloud did not answer, or answered with 429 or 5xx, are
 * repeated, a POST only after a look whether it took effect. Every method throws
 * - `CLOUD_KEY_INVALID`, `CLOUD_FORBIDDEN`, `CLOUD_QUOTA`: what the user can mend;
 * - `CLOUD_CONFLICT`: the resource exists already (create) or was changed by another since it was read (update);
 * - `CLOUD_NOT_FOUND`: the project, or what is to be changed, is not there;
 * - `CLOUD_REFUSED`, `CLOUD_UNREACHABLE`, `CLOUD_ANSWER_INVALID`: faults of ours, of the network, of the cloud.
 *
 * They name resource, field, status and trace id, never a token or the value of a secret.
 */
export interface CodeEngine {
  projects(): Promise<Project[]>;
  /** null when there is none, or none any more. */
  getProject(id: string): Promise<Project | null>;
  /** Answers while it is still being made: see `waitForProject`. */
  createProject(body: z.input<typeof projectRequest>): Promise<Project>;
  /** Until it is active. @throws CLOUD_RESOURCE_FAILED, TIMED_OUT */
  waitForProject(id: string, options?: WaitOptions): Promise<Project>;
  /** Soft: its name stays taken for up to 7 days. One that is gone already is no error. */
  removeProject(id: string): Promise<void>;
  functionRuntimes(): Promise<FunctionRuntime[]>;
  /** Makes no call. */
  project(id: string): CodeEngineProject;
}

export interface CodeEngineProject {
  readonly id: string;
  statusDetails(): Promise<z.output<typeof projectStatusAnswer>>;
  /** All pages. */
  list<K extends KindName>(kind: K, query?: ListQuery): Promise<Actual<K>[]>;
  /** null when there is none. */
  get<K extends KindName>(kind: K, name: string): Promise<Actual<K> | null>;
  create<K extends KindName>(kind: K, body: Desired<K>): Promise<Actual<K>>;
  /** `entityTag` is that of the state which the change was made from; `*` overwrites whatever is there. */
  update<K extends ChangeableKind>(
    kind: K,
    name: string,
    entityTag: string,
    change: Change<K>,
  ): Promise<Actual<K>>;
  /** One that is gone already is no error. The cloud may take a while: see `waitUntilGone`. */
  remove(kind: KindName, name: string): Promise<void>;
  /**
   * Until apps, functions, builds and domain mappings serve what was last asked for, and runs have ended well; at
   * once for kinds that have no status. A function is ready when it is offline: it has scaled to zero.
   * @throws CLOUD_RESOURCE_FAILED with the reason, TIMED_OUT
   */
  waitUntilReady<K extends KindName>(kind: K, name: string, options?: WaitOptions): Promise<Actual<K>>;
  /** @throws TIMED_OUT */
  waitUntilGone(kind: KindName, name: string, options?: WaitOptions): Promise<void>;
}

/** Filters of job runs, build runs and secrets. */
export interface ListQuery {
  readonly job_name?: string;
  readonly build_name?: string;
  readonly format?: string;
}

export interface WaitOptions {
  /** Milliseconds until TIMED_OUT; ten minutes when absent. */
  readonly withinMs?: number;
  /** Called with each status that is not the one before. */
  readonly onStatus?: (status: string, reason: string | undefined) => void;
}
