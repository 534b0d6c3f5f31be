import type { Engine } from '../../shared/engine/engine.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { ServedModel } from '../../shared/inference/clips.ts';
import { log } from '../../shared/log/log.ts';
import { openingSteps } from '../../shared/model/saved-model.ts';
import { inSlices } from '../../shared/model/steps.ts';
import { type Aliases, newestModel, readAliases } from '../../shared/registry/aliases.ts';
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
  /** Always this version, and not the one that the alias `stable` names. */
  readonly version?: string;
  readonly store: ObjectStore;
  readonly engine: () => Promise<Engine>;
  /** How old the answer of the alias may be before it is asked for again, in the background. */
  readonly refreshMs: number;
  readonly observer?: LoadObserver | undefined;
  /** Whether requests are being answered, behind which a load steps back. */
  readonly isBusy?: () => boolean;
  /** Is told what the aliases are each time they are read. */
  readonly onAliases?: (model: string, aliases: Aliases) => void;
}

/** A version that could not be loaded; it is not fetched again before `until`. */
interface BrokenVersion {
  readonly name: string;
  readonly version: string;
  readonly error: unknown;
  readonly waitMs: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Between two attempts at a version that is broken. */
const longestWaitMs = 60_000;

/** What a load is doing; a request that runs out of patience is told. */
type Stage = 'aliases' | 'weights' | 'engine' | 'warm-up';

/**
 * The version that the alias `stable` names, or a given one, loaded once. A request that comes while it loads waits
 * `patienceMs` and then gets MODEL_LOADING. When the alias moves, the new version is loaded beside the old one, warmed and swapped in;
 * one that cannot be loaded leaves the old one in place.
 */
export class ModelHolder {
  private served: Loaded | null = null;
  private loading: Promise<void> | null = null;
  private askedAt = 0;
  private refreshFailure: string | null = null;
  private stage: Stage = 'aliases';
  /** Requests that wait for the load. */
  private waiting = 0;
  private closed = false;
  private broken: BrokenVersion | null = null;

  private readonly source: ModelSource;

  constructor(source: ModelSource) {
    this.source = source;
  }

  /**
   * Does `work` with the model; it stays as it is until the work is done.
   * @throws MODEL_LOADING, MODEL_MISSING, MODEL_FORMAT_UNSUPPORTED, MODEL_CORRUPT, and what the store and `work` throw
   */
  async use<T>(patienceMs: number, work: (model: ServedModel) => Promise<T>): Promise<T> {
    if (this.served === null) await this.loadWithin(patienceMs);
    else if (this.source.version === undefined) this.refreshWhenOld();
    // Taken and counted in one go: a swap cannot come in between.
    const model = this.served;
    if (model === null) throw new EarshotError('MODEL_MISSING', { file: `models/${this.source.name}/` });
    model.users++;
    try {
      return await work(model);
    } finally {
      model.users--;
      freeWhenUnused(model);
    }
  }

  /** The model, once it is loaded; how it is at this moment. */
  get loaded(): ServedModel | null {
    return this.served;
  }

  /** Begins to load in the background, or looks whether it is still the right version, when the last look is old. */
  refreshWhenOld(): void {
    if (this.loading !== null || Date.now() - this.askedAt <= this.source.refreshMs) return;
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

  /** Gives the memory back once the last request is done; nothing is loaded any more. */
  close(): void {
    this.closed = true;
    this.replaceBy(null);
  }

  private replaceBy(next: Loaded | null): void {
    const old = this.served;
    this.served = next;
    if (old === null) return;
    old.replaced = true;
    freeWhenUnused(old);
  }

  private load(): Promise<void> {
    this.loading ??= this.loadNamed().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  private async loadWithin(patienceMs: number): Promise<void> {
    this.waiting++;
    try {
      await withPatience(this.load(), patienceMs, () => this.stillLoading(patienceMs));
    } finally {
      this.waiting--;
    }
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
    this.askedAt = Date.now();
    this.stage = 'aliases';
    const engineReady = this.source.engine();
    // Its failure is seen below; when the store fails first, nobody waits for it.
    engineReady.catch(() => undefined);
    const { name, version } = await this.named();
    if (this.served?.name === name && this.served.version === version) return;

    const tried = this.broken?.version === version && this.broken.name === name ? this.broken : null;
    // The alias is looked at all the same: it may have been moved away from what is broken.
    if (this.served !== null && tried !== null && Date.now() < tried.until) throw tried.error;
    try {
      await this.loadBeside(name, version, engineReady);
      this.broken = null;
    } catch (error) {
      const waitMs = Math.min(longestWaitMs, tried === null ? this.source.refreshMs : 2 * tried.waitMs);
      this.broken = { name, version, error, waitMs, until: Date.now() + waitMs };
      throw error;
    }
  }

  /** The one before is served until the new one is verified and warm. */
  private async loadBeside(name: string, version: string, engineReady: Promise<Engine>): Promise<void> {
    const started = performance.now();
    this.stage = 'weights';
    const files = await readVersion(this.source.store, name, version);
    this.stage = 'engine';
    const engine = await engineReady;
    this.stage = 'warm-up';
    // A request that waits for this very load is no reason to go slow.
    const isBusy = () => this.waiting === 0 && this.source.isBusy?.() === true;
    const saved = await inSlices(openingSteps(engine, files), isBusy);
    try {
      await inSlices(saved.warmUp(), isBusy);
    } catch (error) {
      saved.dispose();
      throw error;
    }
    const loaded = { name, version, saved, users: 0, replaced: this.closed };
    const replaced = this.served?.version ?? null;
    if (this.closed) freeWhenUnused(loaded);
    else this.replaceBy(loaded);
    const milliseconds = performance.now() - started;
    this.source.observer?.onLoaded({ isFirst: replaced === null, milliseconds });
    const ms = Math.round(milliseconds);
    log('info', 'model-loaded', { model: name, version, replaced, ms });
  }

  /** @throws MODEL_MISSING */
  private async named(): Promise<{ readonly name: string; readonly version: string }> {
    const { store, version: fixed, onAliases } = this.source;
    const name = this.source.name === newest ? await newestModel(store) : this.source.name;
    if (fixed !== undefined) return { name, version: fixed };
    const aliases = (await readAliases(store, name))?.aliases;
    if (aliases !== undefined) onAliases?.(name, aliases);
    if (aliases?.stable) return { name, version: aliases.stable };
    throw new EarshotError('MODEL_MISSING', { file: `models/${name}/aliases.json` });
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
