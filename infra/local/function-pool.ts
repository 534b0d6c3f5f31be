import type { CodeEngineParams, CodeEngineResult } from '../../shared/http/code-engine-function.ts';
import { FunctionInstance, type InstanceSettings } from './function-instance.ts';

export interface PoolSettings extends InstanceSettings {
  /** Invocations an instance takes at once. */
  readonly concurrency: number;
  /** Instances at most. */
  readonly instances: number;
}

/** The instances of one function: from none to the limit, as many as the invocations need. */
export class FunctionPool {
  private readonly settings: PoolSettings;
  private instances: FunctionInstance[] = [];
  private readonly queue: (() => void)[] = [];

  constructor(settings: PoolSettings) {
    this.settings = settings;
  }

  /** Waits for a free place, then invokes. @throws FUNCTION_TIMED_OUT, FUNCTION_CRASHED */
  async invoke(params: CodeEngineParams): Promise<CodeEngineResult> {
    let instance = this.freeInstance();
    while (instance === null) {
      await new Promise<void>((resolve) => this.queue.push(resolve));
      instance = this.freeInstance();
    }
    try {
      return await instance.invoke(params);
    } finally {
      this.queue.shift()?.();
    }
  }

  close(): void {
    for (const instance of this.instances) instance.end('the platform stops');
    this.instances = [];
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
