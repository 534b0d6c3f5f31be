import type { KindName } from './resources.ts';

export interface StatusOf {
  readonly status?: string | undefined;
  readonly status_details?: Readonly<Record<string, unknown>> | undefined;
}

type Readiness = 'ready' | 'failed' | 'waiting';

const of = (ready: readonly string[], failed: readonly string[]) => ({ ready, failed });

/** What each status means; another one is waited for. Kinds without a status are ready at once. */
const statuses: Partial<Record<KindName | 'project', ReturnType<typeof of>>> = {
  project: of(
    ['active'],
    [
      ...['inactive', 'creation_failed', 'deletion_failed', 'pending_removal', 'deleting', 'soft_deleted'],
      ...['hard_deleting', 'hard_deletion_failed', 'hard_deleted'],
    ],
  ),
  // Offline is a function without an instance.
  function: of(['ready', 'offline'], ['failed']),
  // A warning: an older revision serves, because the one that was asked for could not start.
  app: of(['ready'], ['failed', 'warning']),
  build: of(['ready'], ['failed']),
  domain_mapping: of(['ready'], ['failed']),
  job_run: of(['completed'], ['failed']),
  build_run: of(['succeeded'], ['failed']),
};

/** Reasons that tell more than a status of ready or offline does. */
const reasons: Readonly<Record<string, Readiness>> = {
  ready_update_in_progress: 'waiting',
  deploying_configuring_routes: 'waiting',
  ready_last_update_failed: 'failed',
  no_code_bundle: 'failed',
};

/** Whether a resource serves what it was last told to. */
export function readinessOf(kind: KindName | 'project', { status, status_details }: StatusOf): Readiness {
  const known = statuses[kind];
  if (known === undefined) return 'ready';
  if (status !== undefined && known.failed.includes(status)) return 'failed';
  if (status === undefined || !known.ready.includes(status)) return 'waiting';
  const { reason, latest_created_revision: created, latest_ready_revision: ready } = status_details ?? {};
  // An app says ready of the revision before, until the next one has an instance.
  if (created !== undefined && ready !== undefined && created !== ready) return 'waiting';
  return (kind === 'function' && typeof reason === 'string' && reasons[reason]) || 'ready';
}

/** The cause of the status, where one is given. */
export function reasonIn({ status_details }: StatusOf): string | undefined {
  const reason = status_details?.['reason'];
  return typeof reason === 'string' ? reason : undefined;
}
