import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { CodeEngineProject } from '../api/client.ts';
import { recordName } from '../desired/desired-state.ts';
import type { Owner } from '../desired/resource-names.ts';
import {
  type DeploymentRecord,
  dataOfRecord,
  emptyRecord,
  type Holder,
  recordOfData,
  type StoredRecord,
} from './deployment-record.ts';

export interface LeaseOptions {
  readonly project: CodeEngineProject;
  readonly owner: Owner;
  /** Names this deployment; `pid` and `host` where it runs. */
  readonly holder: Pick<Holder, 'id' | 'host' | 'pid'>;
  readonly now: () => Date;
  /** Whether a process of this host is there. */
  readonly isAlive: (pid: number) => boolean;
  /** A salt for a first record. */
  readonly newSalt: () => string;
}

/** Milliseconds that a holder is believed to be at work after it last said so. */
const leaseMs = 120_000;
const renewMs = 30_000;

export interface ReadRecord extends StoredRecord {
  readonly entityTag: string;
}

/** The record of the deployment; null before the first. @throws RESOURCE_FOREIGN, RECORD_DAMAGED */
export async function readRecord(project: CodeEngineProject, owner: Owner): Promise<ReadRecord | null> {
  const name = recordName(owner);
  const map = await project.get('config_map', name);
  if (map === null) return null;
  return { ...recordOfData(map.data ?? {}, owner, name), entityTag: map.entity_tag };
}

/**
 * The right to change the deployment, held by one at a time: a holder in the record, written under its entity tag, so
 * that of two at once one is refused. It is renewed while it is held, and can be taken over from a holder that was
 * silent for two minutes, or is a process of this host that is gone.
 */
export class DeploymentLease {
  readonly #options: LeaseOptions;
  readonly #holder: Holder;
  readonly #timer: NodeJS.Timeout;
  #record: DeploymentRecord;
  #entityTag: string;
  #writes: Promise<void> = Promise.resolve();
  #lost: EarshotError | null = null;

  private constructor(options: LeaseOptions, holder: Holder, record: DeploymentRecord, entityTag: string) {
    this.#options = options;
    this.#holder = holder;
    this.#record = record;
    this.#entityTag = entityTag;
    this.#timer = setInterval(() => void this.#renew(), renewMs);
    this.#timer.unref();
  }

  /** @throws DEPLOY_UNDERWAY, RESOURCE_FOREIGN, RECORD_DAMAGED */
  static async take(options: LeaseOptions): Promise<DeploymentLease> {
    const { project, owner } = options;
    const holder = { ...options.holder, ...timesFrom(options.now()) };
    const found = await readRecord(project, owner);
    if (found?.holder && isAtWork(found.holder, options)) throw underway(found.holder);
    const record = found?.record ?? emptyRecord(options.newSalt());
    const data = dataOfRecord({ record, holder }, owner);
    const name = recordName(owner);
    try {
      const written =
        found === null
          ? await project.create('config_map', { name, data })
          : await project.update('config_map', name, found.entityTag, { data });
      return new DeploymentLease(options, holder, record, written.entity_tag);
    } catch (error) {
      if (!isConflict(error)) throw error;
      // Another came first, or it is the echo of our own request, whose answer was lost.
      const winner = await readRecord(project, owner);
      if (winner?.holder?.id === holder.id) {
        return new DeploymentLease(options, holder, record, winner.entityTag);
      }
      if (winner?.holder) throw underway(winner.holder);
      throw error;
    }
  }

  get record(): DeploymentRecord {
    return this.#record;
  }

  /** Replaces the record. @throws DEPLOY_TAKEN_OVER */
  write(record: DeploymentRecord): Promise<void> {
    return this.#inTurn(() => this.#put(record, { ...this.#holder, ...this.#untilLater() }));
  }

  /** @throws DEPLOY_TAKEN_OVER once another holds the lease */
  expectHeld(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  /** Gives the lease back, with a last record. @throws DEPLOY_TAKEN_OVER */
  async release(record: DeploymentRecord = this.#record): Promise<void> {
    clearInterval(this.#timer);
    await this.#inTurn(() => this.#put(record, null));
  }

  /** Deletes the record, the last of a deployment that is removed. */
  async removeRecord(): Promise<void> {
    clearInterval(this.#timer);
    await this.#inTurn(() => this.#options.project.remove('config_map', recordName(this.#options.owner)));
  }

  /** Ends without a word to the cloud, as when it cannot be reached. */
  abandon(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    // What goes wrong here shows at the next write.
    await this.write(this.#record).catch(() => {});
  }

  #untilLater() {
    return { until: timesFrom(this.#options.now()).until };
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#writes.then(() => {
      this.expectHeld();
      return act();
    });
    this.#writes = turn.catch(() => {});
    return turn;
  }

  async #put(record: DeploymentRecord, holder: Holder | null): Promise<void> {
    const { project, owner } = this.#options;
    const data = dataOfRecord({ record, holder }, owner);
    try {
      const { entity_tag } = await project.update('config_map', recordName(owner), this.#entityTag, { data });
      this.#entityTag = entity_tag;
    } catch (error) {
      if (!isConflict(error)) throw error;
      const now = await project.get('config_map', recordName(owner));
      if (now === null || !isSame(now.data, data)) {
        this.#lost = takenOver(now === null ? null : recordOfData(now.data ?? {}, owner, now.name).holder);
        throw this.#lost;
      }
      this.#entityTag = now.entity_tag;
    }
    this.#record = record;
  }
}

const timesFrom = (now: Date) => ({
  since: now.toISOString(),
  until: new Date(now.getTime() + leaseMs).toISOString(),
});

function isAtWork(holder: Holder, { now, isAlive, holder: { host } }: LeaseOptions): boolean {
  if (holder.host === host && !isAlive(holder.pid)) return false;
  return new Date(holder.until).getTime() > now().getTime();
}

const isSame = (actual: Readonly<Record<string, string>> = {}, wanted: Readonly<Record<string, string>>) =>
  Object.entries(wanted).every(([key, value]) => actual[key] === value);

const isConflict = (error: unknown) => error instanceof EarshotError && error.code === 'CLOUD_CONFLICT';

const named = ({ host, pid, since, until }: Holder) =>
  `process ${pid} on ${host}, since ${since}, at work until ${until} at least`;

const underway = (holder: Holder) =>
  new EarshotError('DEPLOY_UNDERWAY', { expected: 'no other deployment', received: named(holder) });

const takenOver = (holder: Holder | null) =>
  new EarshotError('DEPLOY_TAKEN_OVER', {
    expected: 'this deployment in the record',
    received: holder === null ? 'none' : named(holder),
  });
