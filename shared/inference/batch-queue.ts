import { EarshotError } from '../errors/earshot-error.ts';
import type { ServedModel } from './clips.ts';

type Frames = Uint8Array | Float32Array;

/** One pass of the engine over clips of one or several requests. */
export interface Batch {
  readonly model: string;
  readonly version: string;
  readonly requests: number;
  /** Clips, or windows of long ones. */
  readonly clips: number;
  readonly milliseconds: number;
}

/** Is told what the queue does, for figures; must not throw. */
export interface BatchObserver {
  onBatch(batch: Batch): void;
  /** A request was refused because too much work waits. */
  onShed(shed: Pick<Batch, 'model' | 'version' | 'clips'>): void;
}

export interface BatchQueueOptions {
  /** Clips of a batch at most: about what the larger models score in a tenth of a second. */
  readonly clipsPerBatch?: number;
  /** Work that may wait, in milliseconds as measured; what comes on top of it is refused. */
  readonly mostWaitingMs?: number;
  readonly observer?: BatchObserver | undefined;
}

interface Job {
  readonly model: ServedModel;
  readonly clips: readonly Frames[];
  readonly scores: Float32Array[];
  readonly onScored: ((batch: Batch) => void) | undefined;
  readonly resolve: (scores: Float32Array[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Of a job in one batch: the clips that follow those that have scores. */
interface Share {
  readonly job: Job;
  readonly clips: readonly Frames[];
}

/** Share of the newest batch in what a clip is believed to take. */
const weightOfNewest = 0.2;

/**
 * The one way to the engine for all requests of a process. The engine holds the thread while it works; what has come in
 * meanwhile is scored together afterwards. Nothing waits for company: an idle engine begins as soon as the requests
 * that are being read have been. Larger requests are scored in parts, between which smaller ones have their turn.
 */
export class BatchQueue {
  private readonly clipsPerBatch: number;
  private readonly mostWaitingMs: number;
  private readonly observer: BatchObserver | undefined;
  private readonly jobs: Job[] = [];
  /** Milliseconds a clip, of a model that has been measured. */
  private readonly pace = new WeakMap<ServedModel['saved'], number>();
  private scheduled = false;

  constructor({ clipsPerBatch = 64, mostWaitingMs = 5000, observer }: BatchQueueOptions = {}) {
    this.clipsPerBatch = clipsPerBatch;
    this.mostWaitingMs = mostWaitingMs;
    this.observer = observer;
  }

  /** Requests that wait, or are scored in part, and their clips without scores. */
  get waiting(): { readonly requests: number; readonly clips: number } {
    const clips = this.jobs.reduce((sum, job) => sum + left(job), 0);
    return { requests: this.jobs.length, clips };
  }

  /** How long the work that waits will take, by what such work took. */
  get waitingMs(): number {
    return this.jobs.reduce((sum, job) => sum + left(job) * (this.pace.get(job.model.saved) ?? 0), 0);
  }

  /**
   * Probabilities of each clip, as `SavedModel.predict` gives them. The model must stay until they are there.
   * @param onScored is told of each batch that had clips of this request; must not throw
   * @throws OVERLOADED when too much work waits, with the seconds after which it will be done; and what `predict` throws
   */
  async predict(
    model: ServedModel,
    clips: readonly Frames[],
    onScored?: (batch: Batch) => void,
  ): Promise<Float32Array[]> {
    const { waitingMs } = this;
    if (waitingMs > this.mostWaitingMs) {
      this.observer?.onShed({ model: model.name, version: model.version, clips: clips.length });
      throw overloaded(this.mostWaitingMs, waitingMs);
    }
    if (clips.length === 0) return [];
    return new Promise((resolve, reject) => {
      this.jobs.push({ model, clips, scores: [], onScored, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.jobs.length === 0) return;
    this.scheduled = true;
    // After the messages that have arrived are read.
    setImmediate(() => {
      this.scheduled = false;
      this.scoreNext();
      this.schedule();
    });
  }

  private scoreNext(): void {
    const shares = this.nextShares();
    const { model } = shares[0]!.job;
    const clips = shares.reduce((sum, share) => sum + share.clips.length, 0);
    const began = performance.now();
    const failures = score(shares);
    const milliseconds = performance.now() - began;
    this.measure(model, milliseconds / clips);
    const { name, version } = model;
    const batch = { model: name, version, requests: shares.length, clips, milliseconds };
    for (const { job } of shares) {
      job.onScored?.(batch);
      this.settle(job, failures);
    }
    this.observer?.onBatch(batch);
  }

  /** Of the model whose turn it is, in the order in which they came. */
  private nextShares(): Share[] {
    const { model } = this.jobs[0]!;
    const shares: Share[] = [];
    let room = this.clipsPerBatch;
    for (const job of this.jobs) {
      if (room <= 0) break;
      if (job.model.saved !== model.saved) continue;
      const clips = job.clips.slice(job.scores.length, job.scores.length + room);
      room -= clips.length;
      shares.push({ job, clips });
    }
    return shares;
  }

  /** Answers one that is done; one that is not goes behind those that wait. */
  private settle(job: Job, failures: ReadonlyMap<Job, unknown>): void {
    this.jobs.splice(this.jobs.indexOf(job), 1);
    if (failures.has(job)) job.reject(failures.get(job));
    else if (left(job) === 0) job.resolve(job.scores);
    else this.jobs.push(job);
  }

  private measure({ saved }: ServedModel, millisecondsAClip: number): void {
    const before = this.pace.get(saved) ?? millisecondsAClip;
    this.pace.set(saved, before + weightOfNewest * (millisecondsAClip - before));
  }
}

const left = ({ clips, scores }: Job) => clips.length - scores.length;

/** Scores them together, else one by one: what fails in company may be the fault of one. */
function score(shares: readonly Share[]): Map<Job, unknown> {
  try {
    const { saved } = shares[0]!.job.model;
    const scores = saved.predict(shares.flatMap(({ clips }) => clips));
    for (const { job, clips } of shares) job.scores.push(...scores.splice(0, clips.length));
    return new Map();
  } catch (error) {
    if (shares.length === 1) return new Map([[shares[0]!.job, error]]);
    return new Map(shares.flatMap((share) => [...score([share])]));
  }
}

function overloaded(mostWaitingMs: number, waitingMs: number): EarshotError {
  return new EarshotError('OVERLOADED', {
    expected: `at most ${mostWaitingMs / 1000} s of work that waits`,
    received: `${(waitingMs / 1000).toFixed(1)} s`,
    retryAfterSeconds: Math.ceil(waitingMs / 1000),
  });
}
