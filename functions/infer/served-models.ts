import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { preview } from '../../shared/errors/parse-with-schema.ts';
import type { ServedModel } from '../../shared/inference/clips.ts';
import type { ScoredRequest, ShadowObserver } from '../../shared/inference/comparison.ts';
import type { ModelChoice, Serving } from '../../shared/protocols/route.ts';
import { ServedCandidate } from './served-candidate.ts';
import { ModelHolder, type ModelSource } from './served-model.ts';
import { ShadowScores } from './shadow-scores.ts';

/**
 * The versions that the aliases of one model name: the stable one, and the candidate, which answers those who ask for
 * it, its share of the others, and scores in the shadow what stable answers.
 */
export class ServedModels implements Pick<Serving, 'use' | 'answered'> {
  private readonly stable: ModelHolder;
  private readonly candidate: ServedCandidate;
  private readonly shadow: ShadowScores;
  private readonly patienceMs: number;
  private underWay = 0;

  /**
   * @param patienceMs how long a request waits for a model that loads
   * @param observers are told of the shadow traffic
   */
  constructor(source: ModelSource, patienceMs: number, observers: readonly ShadowObserver[] = []) {
    this.patienceMs = patienceMs;
    const isBusy = () => this.underWay > 0;
    this.candidate = new ServedCandidate({ ...source, isBusy });
    this.stable = new ModelHolder({
      ...source,
      isBusy,
      onAliases: (model, aliases) => this.candidate.follow(model, aliases),
    });
    this.shadow = new ShadowScores({
      isIdle: () => this.underWay === 0,
      withCandidate: (version, work) => this.candidate.useLoaded(version, work),
      observers,
    });
  }

  /** @throws MODEL_NOT_SERVED, and what `ModelHolder.use` throws */
  async use<T>(choice: ModelChoice, work: (model: ServedModel) => Promise<T>): Promise<T> {
    this.underWay++;
    try {
      return await this.stable.use(this.patienceMs, (stable) => this.useOneOf(stable, choice, work));
    } finally {
      this.underWay--;
    }
  }

  answered(scored: ScoredRequest): void {
    const { name: model, version: stable } = scored.model;
    const { version: candidate, traffic } = this.candidate;
    if (candidate === null || candidate === stable || !traffic?.shadow) return;
    if (this.stable.loaded?.version !== stable) return;
    this.shadow.offer({ model, stable, candidate }, scored);
  }

  private useOneOf<T>(
    stable: ServedModel,
    choice: ModelChoice,
    work: (model: ServedModel) => Promise<T>,
  ): Promise<T> {
    this.candidate.prepare();
    const which = this.whichOf(stable, choice);
    const used = which === 'candidate' ? this.candidate.use(this.patienceMs, work) : null;
    return used ?? work(stable);
  }

  private whichOf(stable: ServedModel, choice: ModelChoice): 'stable' | 'candidate' {
    const { model, version, label, request } = choice;
    const { version: candidate } = this.candidate;
    const notServed = (received: string) => {
      const also = candidate === null ? '' : ` or ${candidate} (candidate)`;
      const expected = `model ${stable.name}, version ${stable.version} (stable)${also}`;
      return new EarshotError('MODEL_NOT_SERVED', { path: 'path', expected, received: preview(received) });
    };
    if (model !== undefined && model !== stable.name) throw notServed(model);
    if (label !== undefined && label !== 'stable' && (label !== 'candidate' || candidate === null)) {
      throw notServed(label);
    }
    if (version === undefined && label === undefined) {
      const takes = request !== undefined && this.candidate.answersFor(stable, request);
      return takes ? 'candidate' : 'stable';
    }
    if (label !== 'candidate' && (version === undefined || version === stable.version)) return 'stable';
    if (version !== undefined && version !== candidate) throw notServed(version);
    return candidate === stable.version ? 'stable' : 'candidate';
  }
}
