import { EarshotError } from '../../shared/errors/earshot-error.ts';
import type { SoundEncoder } from '../../shared/inference/sound-clips.ts';
import { SoundQueue } from '../../shared/inference/sound-queue.ts';
import { log } from '../../shared/log/log.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { loadVggish } from '../../shared/vggish/load-vggish.ts';
import { withPatience } from './patience.ts';

export interface VggishSource {
  readonly store: ObjectStore;
  /** How long a request waits for the weights. */
  readonly patienceMs: number;
}

/** VGGish, loaded when the first sound comes and then kept. While it is not in the bucket, each sound looks again. */
export class ServedVggish {
  private readonly source: VggishSource;
  private loading: Promise<SoundEncoder | null> | null = null;
  private startedAt = 0;

  constructor(source: VggishSource) {
    this.source = source;
  }

  /**
   * @returns null when it is not in the bucket
   * @throws MODEL_LOADING when patience ends, VGGISH_UNREADABLE, and what the store throws
   */
  open(): Promise<SoundEncoder | null> {
    this.loading ??= this.load();
    return withPatience(this.loading, this.source.patienceMs, () => {
      const waited = Date.now() - this.startedAt;
      return new EarshotError('MODEL_LOADING', {
        field: 'VGGish',
        received: `${waited} ms of loading 290 MB of weights`,
        stage: 'vggish',
        retryAfterSeconds: Math.ceil(waited / 1000),
      });
    });
  }

  private async load(): Promise<SoundEncoder | null> {
    this.startedAt = Date.now();
    let encoder: SoundEncoder | null = null;
    try {
      const loaded = await loadVggish(this.source.store);
      if (loaded !== null) encoder = new SoundQueue(loaded);
      if (encoder !== null) log('info', 'vggish-loaded', { ms: Date.now() - this.startedAt });
      return encoder;
    } finally {
      if (encoder === null) this.loading = null;
    }
  }
}
