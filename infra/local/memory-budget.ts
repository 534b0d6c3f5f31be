/** So many bytes may be in memory at once; whoever needs more waits until there is room. */
export class MemoryBudget {
  private room: number;
  private readonly most: number;
  private readonly waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(most: number) {
    this.most = most;
    this.room = most;
  }

  /** What is larger than the whole budget has it alone. */
  async with<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const taken = Math.min(bytes, this.most);
    await this.take(taken);
    try {
      return await work();
    } finally {
      this.room += taken;
      this.admit();
    }
  }

  /** In turn: a large one is not kept waiting by small ones that come after it. */
  private take(bytes: number): Promise<void> {
    return new Promise((go) => {
      this.waiting.push({ bytes, go });
      this.admit();
    });
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && next.bytes <= this.room; next = this.waiting[0]) {
      this.waiting.shift();
      this.room -= next.bytes;
      next.go();
    }
  }
}
