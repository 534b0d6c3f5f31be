import type { Engine } from '../../shared/engine/engine.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ServedModel } from '../../shared/inference/clips.ts';
import { log } from '../../shared/log/log.ts';
import { openSavedModel, type SavedModel } from '../../shared/model/saved-model.ts';
import { newestModel, readAliases } from '../../shared/registry/aliases.ts';
import { readVersion } from '../../shared/registry/versions.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { withPatience } from './patience.ts';

/** A loaded model and how many requests work with it; one that was replaced is freed by the last of them. */
interface Loaded extends ServedModel {
  users: number;
  replaced: boolean;
}

/** As the name of a source: the model whose alias moved last. */
const newest = '*';

/** Is told what becomes of the loads, for figures; must not throw. */
export interface LoadObserver {
  /** `isFirst`: there was no other version before it. */
  onLoaded(load: { readonly isFirst: boolean; readonly milliseconds: number }): void;
  onRefreshFailed(): void;
}

export interface ModelSource {
  /** Of the model, or `*`. */
  readonly name: string;
  readonly alias: 'stable' | 'candidate';
  readonly store: ObjectStore;
  readonly engine: () => Promise<Engine>;
  /** How old the answer of the alias may be before it is asked for again, in the background. */
  readonly refreshMs: number;
  readonly observer?: LoadObserver | undefined;
}

/** What a load is doing; a request that runs out of patience is told. */
type Stage = 'aliases' | 'weights' | 'engine' | 'warm-up';

/**
 * The model that an alias names, loaded once. A request that comes while it loads waits `patienceMs` and
 * then gets MODEL_LOADING. When the alias moves, the new version is loaded beside the old one, warmed and swapped in;
 * one that cannot be loaded leaves the old one in place.
 */
export class ModelHolder {
  private served: Loaded | null = null;
  private loading: Promise<void> | null = null;
  private askedAt = 0;
  private refreshFailure: string | null = null;
  private stage: Stage = 'aliases';
  /** Version that the alias `candidate` named when the aliases were last read. */
  candidate: string | null = null;

  private readonly source: ModelSource;

  constructor(source: ModelSource) {
    this.source = source;
  }

  /**
   * Does `work` with the model; it stays as it is until the work is done.
   * @throws MODEL_LOADING, MODEL_MISSING, MODEL_FORMAT_UNSUPPORTED, MODEL_CORRUPT, and what the store and `work` throw
   */
  async use<T>(patienceMs: number, work: (model: ServedModel) => Promise<T>): Promise<T> {
    if (this.served === null)
      await withPatience(this.load(), patienceMs, () => this.stillLoading(patienceMs));
    else if (this.loading === null && Date.now() - this.askedAt > this.source.refreshMs) this.refresh();
    // Taken and counted in one go: a swap cannot come in between.
    const model = this.served!;
    model.users++;
    try {
      return await work(model);
    } finally {
      model.users--;
      freeWhenUnused(model);
    }
  }

  private refresh(): void {
    this.load().then(
      () => (this.refreshFailure = null),
      (error: unknown) => {
        const reason = String(error);
        this.source.observer?.onRefreshFailed();
        // It is tried again every few seconds; once is enough to say why it fails.
        if (reason !== this.refreshFailure) {
          log('warning', 'model-refresh-failed', { model: this.source.name, reason });
        }
        this.refreshFailure = reason;
      },
    );
  }

  private load(): Promise<void> {
    this.loading ??= this.loadNamed().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  private stillLoading(patienceMs: number): EarshotError {
    const { stage } = this;
    return new EarshotError('MODEL_LOADING', {
      field: this.source.name,
      received: `${patienceMs} ms of waiting, now at: ${stage}`,
      stage,
      retryAfterSeconds: secondsToGo(Date.now() - this.askedAt),
    });
  }

  private async loadNamed(): Promise<void> {
    const { store, alias } = this.source;
    this.askedAt = Date.now();
    this.stage = 'aliases';
    const engineReady = this.source.engine();
    // Its failure is seen below; when the store fails first, nobody waits for it.
    engineReady.catch(() => undefined);
    const name = this.source.name === newest ? await newestModel(store) : this.source.name;
    const read = await readAliases(store, name);
    this.candidate = read?.aliases.candidate ?? null;
    const version = read?.aliases[alias] ?? null;
    if (version === null) throw new EarshotError('MODEL_MISSING', { file: `models/${name}/aliases.json` });
    if (this.served?.name === name && this.served.version === version) return;

    const started = performance.now();
    this.stage = 'weights';
    const files = await readVersion(store, name, version);
    this.stage = 'engine';
    const engine = await engineReady;
    this.stage = 'warm-up';
    const saved = openSavedModel(engine, files);
    warmUp(saved);
    const old = this.served;
    this.served = { name, version, saved, users: 0, replaced: false };
    if (old !== null) {
      old.replaced = true;
      freeWhenUnused(old);
    }
    const milliseconds = performance.now() - started;
    this.source.observer?.onLoaded({ isFirst: old === null, milliseconds });
    const ms = Math.round(milliseconds);
    log('info', 'model-loaded', { model: name, version, replaced: old?.version ?? null, ms });
  }
}

/**
 * Of a load nothing is known but how long it has lasted, so that it may well last as long again: who asks at these times
 * asks seldom of a long load, and never waits for more than it took.
 */
function secondsToGo(elapsedMs: number): number {
  return Math.min(60, Math.max(1, Math.ceil(elapsedMs / 1000)));
}

function freeWhenUnused(model: Loaded): void {
  if (model.replaced && model.users === 0) model.saved.dispose();
}

/** The first pass compiles and allocates; no caller should wait for that. */
function warmUp({ spec, preprocessing, predict }: SavedModel): void {
  const values = spec.width * spec.maxFrames;
  predict([preprocessing.dtype === 'uint8' ? new Uint8Array(values) : new Float32Array(values)]);
}
