/** Keeps what was asked for last, at most `size` things; who asks while one is fetched waits for the same. */
export class Recent<T> {
  private readonly kept = new Map<string, Promise<T>>();
  private readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  /** What `fetch` gave for the key; a failure is not kept. @throws what `fetch` throws */
  get(key: string, fetch: () => Promise<T>): Promise<T> {
    const value = this.kept.get(key) ?? fetch();
    // To the end of the order, as the one that was used last.
    this.kept.delete(key);
    this.kept.set(key, value);
    value.catch(() => {
      if (this.kept.get(key) === value) this.kept.delete(key);
    });
    if (this.kept.size > this.size) this.kept.delete(this.kept.keys().next().value!);
    return value;
  }
}
