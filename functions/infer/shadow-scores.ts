import { setImmediate as others, setTimeout as pause } from 'node:timers/promises';
import type { BatchQueue } from '../../shared/inference/batch-queue.ts';
import type { ServedModel } from '../../shared/inference/clips.ts';
import {
  type ClipDifference,
  type ComparedPair,
  compareScores,
  type ScoredRequest,
  type ShadowObserver,
  sharedLabels,
} from '../../shared/inference/comparison.ts';
import { scoreClips } from '../../shared/inference/score-clips.ts';
import { takesSameFrames } from '../../shared/inference/traffic-share.ts';

export interface ShadowOptions {
  /** That no request is under way. */
  readonly isIdle: () => boolean;
  /** Does the work with the candidate if it is still that version; null when not. */
  readonly withCandidate: (version: string, work: Work) => Promise<readonly ClipDifference[]> | null;
  readonly observers: readonly ShadowObserver[];
}

type Work = (candidate: ServedModel) => Promise<readonly ClipDifference[]>;

interface Job {
  readonly pair: ComparedPair;
  readonly request: ScoredRequest;
  readonly bytes: number;
}

/** What may wait; whatever comes on top of it is skipped. */
const mostJobs = 64;
const mostBytes = 8 * 1024 * 1024;
/** Clips, or windows, between two looks whether a request has come: a few milliseconds of work. */
const clipsPerPart = 4;
/** Milliseconds between two looks whether requests are done. */
const patienceMs = 5;

/**
 * Lets the candidate score what stable has answered, when no request is under way: after the answer, a few clips at a
 * time, and not at all where requests never pause. Where the platform freezes a process between requests, what is left
 * is done between later ones. Nothing of it reaches a caller.
 */
export class ShadowScores {
  private readonly options: ShadowOptions;
  private readonly jobs: Job[] = [];
  private working = false;

  constructor(options: ShadowOptions) {
    this.options = options;
  }

  /** Never throws, and never waits. */
  offer(pair: ComparedPair, request: ScoredRequest): void {
    const bytes = request.clips.reduce((sum, { frames }) => sum + frames.byteLength, 0);
    const waiting = this.jobs.reduce((sum, job) => sum + job.bytes, 0);
    if (this.jobs.length >= mostJobs || waiting + bytes > mostBytes) this.tell((to) => to.onSkipped(pair));
    else this.jobs.push({ pair, request, bytes });
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    for (;;) {
      await this.idle();
      const job = this.jobs.shift();
      if (job === undefined) break;
      await this.score(job);
    }
    this.working = false;
  }

  private async idle(): Promise<void> {
    // The answer that is being given goes first.
    await others();
    while (!this.options.isIdle()) await pause(patienceMs);
  }

  private async score({ pair, request }: Job): Promise<void> {
    try {
      const work = (candidate: ServedModel) => this.differences(request, candidate);
      const done = this.options.withCandidate(pair.candidate, work);
      if (done === null) return this.tell((to) => to.onSkipped(pair));
      const differences = await done;
      this.tell((to) => to.onCompared(pair, differences));
    } catch (error) {
      this.tell((to) => to.onFailed(pair, error));
    }
  }

  private async differences(
    { model, clips, scored, selection }: ScoredRequest,
    candidate: ServedModel,
  ): Promise<ClipDifference[]> {
    const labels = sharedLabels(model.saved.labels, candidate.saved.labels);
    if (labels.stable.length === 0) throw new Error('it has no label that stable has');
    if (!takesSameFrames(candidate.saved, model.saved)) throw new Error('it takes other frames than stable');
    const hop = Math.min(selection.hop, candidate.saved.spec.maxFrames);
    const queue = { predict: this.inParts.bind(this) };
    const theirs = await scoreClips(candidate, clips, { hop, perFrame: false, topK: 1 }, queue);
    return scored.map(({ probabilities }, i) =>
      compareScores(probabilities, theirs[i]!.probabilities, selection.threshold, labels),
    );
  }

  private inParts: BatchQueue['predict'] = async ({ saved }, clips) => {
    const scores: Float32Array[] = [];
    for (let first = 0; first < clips.length; first += clipsPerPart) {
      if (first > 0) await this.idle();
      scores.push(...saved.predict(clips.slice(first, first + clipsPerPart)));
    }
    return scores;
  };

  private tell(what: (observer: ShadowObserver) => void): void {
    for (const observer of this.options.observers) what(observer);
  }
}
