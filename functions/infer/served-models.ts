import { EarshotError } from '../../shared/errors/earshot-error.ts';
import { preview } from '../../shared/errors/parse-with-schema.ts';
import type { ServedModel } from '../../shared/inference/clips.ts';
import type { ModelChoice, Serving } from '../../shared/protocols/route.ts';
import { ModelHolder, type ModelSource } from './served-model.ts';

/** The versions that the aliases of one model name: the stable one, and the candidate once it is asked for. */
export class ServedModels implements Pick<Serving, 'use'> {
  private readonly stable: ModelHolder;
  private candidate: ModelHolder | null = null;
  private readonly source: ModelSource;
  private readonly patienceMs: number;

  /** @param patienceMs how long a request waits for a model that loads */
  constructor(source: ModelSource, patienceMs: number) {
    this.source = source;
    this.patienceMs = patienceMs;
    this.stable = new ModelHolder(source);
  }

  /** @throws MODEL_NOT_SERVED, and what `ModelHolder.use` throws */
  use<T>({ model, version, label }: ModelChoice, work: (model: ServedModel) => Promise<T>): Promise<T> {
    return this.stable.use(this.patienceMs, async (stable) => {
      const { candidate } = this.stable;
      const served = [
        `${stable.version} (stable)`,
        ...(candidate === null ? [] : [`${candidate} (candidate)`]),
      ];
      const notServed = (received: string) =>
        new EarshotError('MODEL_NOT_SERVED', {
          path: 'path',
          expected: `model ${stable.name}, version ${served.join(' or ')}`,
          received: preview(received),
        });
      if (model !== undefined && model !== stable.name) throw notServed(model);
      if (label !== undefined && label !== 'stable' && (label !== 'candidate' || candidate === null)) {
        throw notServed(label);
      }
      const second = label === 'candidate' || (version !== undefined && version !== stable.version);
      if (!second) return work(stable);
      if (candidate === null || (version !== undefined && version !== candidate))
        throw notServed(version ?? '');
      this.candidate ??= new ModelHolder({ ...this.source, alias: 'candidate' });
      return this.candidate.use(this.patienceMs, work);
    });
  }
}
