import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { CodeEngineParams, CodeEngineResult } from '../../shared/http/code-engine-function.ts';
import { FunctionInstance, type InstanceSettings } from './function-instance.ts';

export interface PoolSettings extends InstanceSettings {
  /** Invocations an instance takes at once. */
  readonly concurrency: number;
  /** Instances at most. */
  readonly instances: number;
  /** Invocations that wait for a place at most; without it as many as come, as events do, which are kept elsewhere. */
  readonly mostWaiting?: number;
}

interface Invocation {
  readonly params: CodeEngineParams;
  readonly resolve: (result: CodeEngineResult) => void;
  readonly reject: (error: unknown) => void;
}

const stopped = 'the platform stops';

/** The instances of one function: from none to the limit, as many as the invocations need. */
export class FunctionPool {
  private readonly settings: PoolSettings;
  private instances: FunctionInstance[] = [];
  private readonly queue: Invocation[] = [];
  private closed = false;

  constructor(settings: PoolSettings) {
    this.settings = settings;
  }

  /** Waits for a free place, then invokes. @throws FUNCTION_TIMED_OUT, FUNCTION_CRASHED, OVERLOADED */
  invoke(params: CodeEngineParams): Promise<CodeEngineResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ params, resolve, reject });
      this.fillPlaces();
      const { mostWaiting = Number.POSITIVE_INFINITY } = this.settings;
      if (this.queue.length <= mostWaiting) return;
      this.queue.pop();
      reject(this.overloaded(mostWaiting));
    });
  }

  /** Ends every instance; what waits or comes later fails. */
  close(): void {
    this.closed = true;
    for (const instance of this.instances.splice(0)) instance.end(stopped);
    this.fillPlaces();
  }

  private fillPlaces(): void {
    if (this.closed) {
      const { name: field } = this.settings;
      const error = new EarshotError('FUNCTION_CRASHED', { field, expected: 'an answer', received: stopped });
      for (const { reject } of this.queue.splice(0)) reject(error);
      return;
    }
    while (this.queue.length > 0) {
      const instance = this.freeInstance();
      if (instance === null) return;
      const { params, resolve, reject } = this.queue.shift()!;
      void instance
        .invoke(params)
        .then(resolve, reject)
        .finally(() => this.fillPlaces());
    }
  }

  private overloaded(mostWaiting: number): EarshotError {
    const { name: field } = this.settings;
    const [expected, received] = [`at most ${mostWaiting} requests that wait`, 'one more'];
    return new EarshotError('OVERLOADED', { field, expected, received, retryAfterSeconds: 1 });
  }

  private freeInstance(): FunctionInstance | null {
    const { concurrency, instances } = this.settings;
    this.instances = this.instances.filter((instance) => instance.alive);
    const free = this.instances.filter((instance) => instance.busy < concurrency);
    if (free.length > 0) return free.reduce((a, b) => (a.busy <= b.busy ? a : b));
    if (this.instances.length >= instances) return null;
    const instance = new FunctionInstance(this.settings);
    this.instances.push(instance);
    return instance;
  }
}
