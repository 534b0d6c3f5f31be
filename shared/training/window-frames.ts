import pMap from 'p-map';
import type { ClipTable } from '../dataset/clip-table.ts';
import type { StreamedClips } from '../dataset/streamed-clips.ts';
import type { ClipWindow } from './windowed-sampler.ts';

/** Shards fetched at once. */
const concurrency = 4;

/** The blocks of a window, by their numbers. */
export type HeldWindow = ReadonlyMap<number, ClipTable>;

const nameOf = ({ epoch, index }: ClipWindow) => `${epoch}/${index}`;

/**
 * The frames of the window that is drawn from, and those of the next one, which are fetched while the steps of this
 * one are made. Never more than these two are in memory.
 */
export class WindowFrames {
  private readonly clips: StreamedClips;
  private readonly after: (window: ClipWindow) => ClipWindow;
  private readonly held = new Map<string, Promise<HeldWindow>>();

  constructor(clips: StreamedClips, after: (window: ClipWindow) => ClipWindow) {
    this.clips = clips;
    this.after = after;
  }

  /** @throws OBJECT_MISSING, SHARD_CORRUPT */
  async open(window: ClipWindow): Promise<HeldWindow> {
    const next = this.after(window);
    const wanted = new Set([nameOf(window), nameOf(next)]);
    for (const name of this.held.keys()) if (!wanted.has(name)) this.held.delete(name);
    const opened = await this.fetch(window);
    this.fetch(next).catch(() => {
      // Whoever opens it tries again and hears of the reason.
      this.held.delete(nameOf(next));
    });
    return opened;
  }

  private fetch(window: ClipWindow): Promise<HeldWindow> {
    const name = nameOf(window);
    let held = this.held.get(name);
    if (held === undefined) {
      held = this.read(window);
      this.held.set(name, held);
    }
    return held;
  }

  private async read({ blocks }: ClipWindow): Promise<HeldWindow> {
    const tables = await pMap(blocks, async (block) => [block, await this.clips.readBlock(block)] as const, {
      concurrency,
    });
    return new Map(tables);
  }
}
