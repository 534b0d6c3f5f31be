/** What a parser did with a window. */
export interface Progress {
  /** Bytes taken from the window's beginning. */
  readonly consumed: number;
  /** Least number of bytes, counted from what was left, with which the parser can go on. */
  readonly need: number;
}

const empty = new Uint8Array(0);

/**
 * Cuts a stream into windows that a parser can use: a chunk itself where possible; where something straddles chunks,
 * a joined copy of just the bytes asked for. Windows are never written to again, so views on them stay good.
 */
export class ChunkWindow {
  private readonly parse: (window: Uint8Array, final: boolean) => Progress;
  private buffer = empty;
  private held = 0;
  private need = 1;

  /** @param parse with `final` it must take everything */
  constructor(parse: (window: Uint8Array, final: boolean) => Progress) {
    this.parse = parse;
  }

  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.held === 0) {
        this.offer(rest);
        return;
      }
      const wanted = Math.min(rest.length, this.need - this.held);
      this.hold(rest.subarray(0, wanted));
      rest = rest.subarray(wanted);
      if (this.held >= this.need) this.offer(this.release());
    }
  }

  end(): void {
    this.parse(this.release(), true);
  }

  private offer(window: Uint8Array): void {
    const { consumed, need } = this.parse(window, false);
    this.need = need;
    if (consumed < window.length) this.hold(window.subarray(consumed));
  }

  private hold(piece: Uint8Array): void {
    const total = this.held + piece.length;
    if (total > this.buffer.length) {
      // Doubling keeps tiny chunks cheap; it stays below `need`, so nothing is allocated on a mere announcement.
      const grown = new Uint8Array(Math.max(total, Math.min(this.need, 2 * this.buffer.length)));
      grown.set(this.buffer.subarray(0, this.held));
      this.buffer = grown;
    }
    this.buffer.set(piece, this.held);
    this.held = total;
  }

  private release(): Uint8Array {
    const window = this.buffer.subarray(0, this.held);
    this.buffer = empty;
    this.held = 0;
    return window;
  }
}
