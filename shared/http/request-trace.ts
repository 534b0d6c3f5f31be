import { randomUUID } from 'node:crypto';

/** What takes the time of a request: waiting for the model, reading, waiting in the batch queue, scoring. */
export type Phase = 'load' | 'parse' | 'queue' | 'score';

/** Less is not worth a word. */
const leastMs = 0.05;

/** What becomes known of a request while it is answered: for `Server-Timing`, its line of the log and the metrics. */
export class RequestTrace {
  readonly requestId: string;
  /** Pattern of the path, never the path itself; null when none fits. */
  route: string | null = null;
  /** Name of the API key, never the key. */
  key: string | null = null;
  /** Code of the problem that is the answer. */
  code: string | null = null;
  /** What scored it. */
  model: string | null = null;
  version: string | null = null;
  clips: number | null = null;
  /** Batches that had clips of it, and the clips in them, those of other requests too. */
  batches = 0;
  batchClips = 0;
  private readonly started = performance.now();
  private readonly phases = new Map<Phase, number>();

  constructor(requestId: string = randomUUID()) {
    this.requestId = requestId;
  }

  /** Milliseconds; a phase that comes again adds up. */
  took(phase: Phase, ms: number): void {
    this.phases.set(phase, (this.phases.get(phase) ?? 0) + ms);
  }

  /** Milliseconds since the request came. */
  get ms(): number {
    return performance.now() - this.started;
  }

  /** Milliseconds by phase, to a tenth, of those that took any. */
  get phaseMs(): Partial<Record<Phase, number>> {
    const taken = [...this.phases].filter(([, ms]) => ms >= leastMs);
    return Object.fromEntries(taken.map(([phase, ms]) => [phase, Math.round(10 * ms) / 10]));
  }

  /** https://www.w3.org/TR/server-timing/ */
  serverTiming(totalMs: number): string {
    const phases = Object.entries(this.phaseMs).map(([phase, ms]) => `${phase};dur=${ms.toFixed(1)}`);
    return [...phases, `total;dur=${totalMs.toFixed(1)}`].join(', ');
  }
}
