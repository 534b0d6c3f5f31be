import { patchValues } from '../audio/vggish-patches.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { SoundEncoder } from './sound-clips.ts';

/** Work that may wait, in milliseconds as measured: with its own, a request stays below the minute that it has. */
const mostWaitingMs = 20_000;
/** Share of the newest sound in what a patch is believed to take. */
const weightOfNewest = 0.2;

/** One sound after another, in the order in which they came: side by side all would be late. */
export class SoundQueue implements SoundEncoder {
  readonly width: number;
  private readonly encoder: SoundEncoder;
  private readonly mostWaitingMs: number;
  private last: Promise<unknown> = Promise.resolve();
  private waitingPatches = 0;
  private msAPatch: number | null = null;

  constructor(encoder: SoundEncoder, mostWaiting = mostWaitingMs) {
    this.encoder = encoder;
    this.width = encoder.width;
    this.mostWaitingMs = mostWaiting;
  }

  /** @throws OVERLOADED when too much sound waits, with the seconds after which it will be done */
  async encode(patches: Float32Array): Promise<Uint8Array> {
    const waitingMs = this.waitingPatches * (this.msAPatch ?? 0);
    if (waitingMs > this.mostWaitingMs) {
      throw new EarshotError('OVERLOADED', {
        expected: `at most ${this.mostWaitingMs / 1000} s of sound that waits`,
        received: `${(waitingMs / 1000).toFixed(1)} s`,
        retryAfterSeconds: Math.ceil(waitingMs / 1000),
      });
    }
    const count = patches.length / patchValues;
    this.waitingPatches += count;
    const turn = this.last.then(() => this.measured(patches, count));
    this.last = turn.catch(() => undefined);
    return turn.finally(() => {
      this.waitingPatches -= count;
    });
  }

  private async measured(patches: Float32Array, count: number): Promise<Uint8Array> {
    const began = performance.now();
    const bytes = await this.encoder.encode(patches);
    const newest = (performance.now() - began) / count;
    const before = this.msAPatch ?? newest;
    this.msAPatch = before + weightOfNewest * (newest - before);
    return bytes;
  }
}
