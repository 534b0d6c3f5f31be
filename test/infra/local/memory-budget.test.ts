import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../../infra/local/memory-budget.ts';

describe('a memory budget', () => {
  it('is never passed, lets everybody in, and keeps their order', async () => {
    const most = 100;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 30 }), async (sizes) => {
        const budget = new MemoryBudget(most);
        const entered: number[] = [];
        let held = 0;
        const works = sizes.map((bytes, i) =>
          budget.with(bytes, async () => {
            entered.push(i);
            held += Math.min(bytes, most);
            expect(held).toBeLessThanOrEqual(most);
            await Promise.resolve();
            held -= Math.min(bytes, most);
          }),
        );
        await Promise.all(works);
        expect(entered).toEqual(sizes.map((_, i) => i));
      }),
    );
  });

  it('gives back what failed', async () => {
    const budget = new MemoryBudget(10);
    await expect(budget.with(10, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await budget.with(10, async () => 'next')).toBe('next');
  });
});
