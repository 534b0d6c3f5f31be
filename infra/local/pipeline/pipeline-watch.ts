import type { PipelineState } from '../../../shared/pipeline/pipeline-state.ts';
import { listModels } from '../../../shared/registry/list-models.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { EventDispatcher } from '../events/event-dispatcher.ts';
import type { Outbox } from '../events/outbox.ts';
import { DatasetReader } from './dataset-reader.ts';
import { RunReader } from './run-reader.ts';

/** What is shown may be as old as a few times what it takes to read it: watching takes no more than a quarter of a core. */
const restFactor = 4;
const lettersShown = 10;

export interface Watched {
  readonly store: ObjectStore;
  readonly dispatcher: Pick<EventDispatcher, 'underway'>;
  readonly outbox: Pick<Outbox, 'deadLetters'>;
}

/** The pipeline as the bucket and the journal of events show it, however many look at once. */
export class PipelineWatch {
  private readonly watched: Watched;
  private readonly datasets: DatasetReader;
  private readonly runs: RunReader;
  private last: { readonly state: Promise<PipelineState>; staleAt: number } | null = null;

  constructor(watched: Watched) {
    this.watched = watched;
    this.datasets = new DatasetReader(watched.store);
    this.runs = new RunReader(watched.store);
  }

  /** @throws what the store throws, MODEL_CORRUPT */
  state(): Promise<PipelineState> {
    if (this.last !== null && performance.now() < this.last.staleAt) return this.last.state;
    const began = performance.now();
    const last = { state: this.read(), staleAt: Number.POSITIVE_INFINITY };
    this.last = last;
    last.state.then(
      () => {
        const now = performance.now();
        last.staleAt = now + restFactor * (now - began);
      },
      () => {
        last.staleAt = 0;
      },
    );
    return last.state;
  }

  /** Something has changed that whoever asks next is to see. */
  forget(): void {
    this.last = null;
  }

  private async read(): Promise<PipelineState> {
    const { store, dispatcher, outbox } = this.watched;
    const at = new Date().toISOString();
    const [datasets, runs, models] = await Promise.all([
      this.datasets.read(),
      this.runs.read(),
      listModels(store),
    ]);
    const deadLetters = outbox
      .deadLetters()
      .slice(-lettersShown)
      .map(({ functionName, key, attempts, reason }) => ({ functionName, key, attempts, reason }));
    return { at, events: { underway: dispatcher.underway, deadLetters }, datasets, runs, models };
  }
}
