import { describe, expect, it } from 'vitest';
import { Recent } from '../../../shared/search/recent.ts';

describe('what was asked for lately', () => {
  it('is kept, as much as there is room for, and what was not used longest goes first', async () => {
    const fetched: string[] = [];
    const recent = new Recent<string>(2);
    const get = (key: string) =>
      recent.get(key, async () => {
        fetched.push(key);
        return `value of ${key}`;
      });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(await get(key)).toBe(`value of ${key}`);
    expect(fetched).toEqual(['a', 'b', 'c', 'b']);
  });

  it('is fetched once for all who wait for it, and again after a failure', async () => {
    const recent = new Recent<number>(2);
    let calls = 0;
    const failing = async () => {
      calls++;
      throw new Error('away');
    };
    const asked = [recent.get('a', failing), recent.get('a', failing)];
    for (const one of asked) await expect(one).rejects.toThrow('away');
    expect(calls).toBe(1);
    expect(await recent.get('a', async () => 7)).toBe(7);
    expect(await recent.get('a', failing)).toBe(7);
  });
});
