import type { ServedModel } from '../../shared/inference/clips.ts';
import { canStandIn, isInShare } from '../../shared/inference/traffic-share.ts';
import { log } from '../../shared/log/log.ts';
import type { Traffic } from '../../shared/registry/alias-history.ts';
import type { Aliases } from '../../shared/registry/aliases.ts';
import { ModelHolder, type ModelSource } from './served-model.ts';

interface Candidate {
  readonly model: string;
  readonly version: string;
  readonly holder: ModelHolder;
  traffic: Traffic;
  /** Whether it was said that it cannot stand in for stable. */
  unlike: boolean;
}

/**
 * The version that the alias `candidate` names. It is loaded when it is asked for, or in the background when it has
 * traffic, and leaves memory once the alias names another version or none.
 */
export class ServedCandidate {
  private current: Candidate | null = null;
  private readonly source: ModelSource;

  constructor(source: ModelSource) {
    this.source = source;
  }

  get version(): string | null {
    return this.current?.version ?? null;
  }

  get traffic(): Traffic | null {
    return this.current?.traffic ?? null;
  }

  /** Follows the aliases as they were read last. */
  follow(model: string, { candidate, traffic }: Aliases): void {
    const isSame = this.current?.model === model && this.current.version === candidate;
    if (this.current !== null && isSame) {
      this.current.traffic = traffic;
      return;
    }
    const old = this.current;
    const holder = () => new ModelHolder({ ...this.source, name: model, version: candidate! });
    this.current =
      candidate === null ? null : { model, version: candidate, holder: holder(), traffic, unlike: false };
    if (old === null) return;
    old.holder.close();
    log('info', 'candidate-left', { model: old.model, version: old.version, next: candidate });
  }

  /** For those who ask for it; null when there is none. @throws what `ModelHolder.use` throws */
  use<T>(patienceMs: number, work: (model: ServedModel) => Promise<T>): Promise<T> | null {
    return this.current?.holder.use(patienceMs, work) ?? null;
  }

  /** Loads it in the background when it has traffic; callers never wait for it. */
  prepare(): void {
    if (this.current === null || this.current.holder.loaded !== null) return;
    const { share, shadow } = this.current.traffic;
    if (share > 0 || shadow) this.current.holder.refreshWhenOld();
  }

  /** Whether it answers the request in the place of stable: it is in its share, loaded, and can. */
  answersFor(stable: ServedModel, request: string): boolean {
    const { current } = this;
    if (current === null || current.version === stable.version) return false;
    if (!isInShare(request, current.version, current.traffic.share)) return false;
    const { loaded } = current.holder;
    if (loaded === null) return false;
    if (canStandIn(loaded, stable)) return true;
    if (!current.unlike) {
      const { model, version } = current;
      const reason = 'other clips or labels than stable: it gets no share of the requests';
      log('warning', 'candidate-unlike', { model, version, stable: stable.version, reason });
    }
    current.unlike = true;
    return false;
  }

  /** Does the work if this very version is loaded; null when it is not, or not any more. */
  useLoaded<T>(version: string, work: (model: ServedModel) => Promise<T>): Promise<T> | null {
    if (this.current?.version !== version || this.current.holder.loaded === null) return null;
    return this.current.holder.use(0, work);
  }
}
