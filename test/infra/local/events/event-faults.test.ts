import { describe, expect, it } from 'vitest';
import { type DeliveryIdentity, seededFaults } from '../../../../infra/local/events/event-faults.ts';

const rates = { lost: 0.15, twice: 0.2, late: 0.3, longestMs: 1500 };
const deliveries: DeliveryIdentity[] = Array.from({ length: 4000 }, (_, i) => ({
  functionName: i % 2 === 0 ? 'validate' : 'shard',
  key: `incoming/set/train/${i % 1000}`,
  operation: 'write',
  occurrence: Math.floor(i / 1000),
}));

describe('faults from a seed', () => {
  it('are the same for the same delivery, in whatever order they are asked for', () => {
    const forwards = deliveries.map(seededFaults(7, rates));
    const faults = seededFaults(7, rates);
    expect(
      deliveries
        .toReversed()
        .map((delivery) => faults(delivery))
        .reverse(),
    ).toEqual(forwards);
    expect(deliveries.map(seededFaults(8, rates))).not.toEqual(forwards);
  });

  it('differ by function, key, operation and occurrence', () => {
    const [one] = deliveries;
    for (const change of [{ functionName: 'g' }, { key: 'k' }, { operation: 'delete' as const }]) {
      const fates = Array.from({ length: 20 }, (_, seed) => [
        seededFaults(seed)(one!),
        seededFaults(seed)({ ...one!, ...change }),
      ]);
      expect(fates.some(([a, b]) => JSON.stringify(a) !== JSON.stringify(b))).toBe(true);
    }
  });

  it('come about as often as they should, and late ones not later than the longest', () => {
    const fates = deliveries.map(seededFaults(1, rates));
    const share = (is: (fate: readonly number[]) => boolean) => fates.filter(is).length / fates.length;
    expect(share(({ length }) => length === 0)).toBeCloseTo(0.15, 1);
    expect(share(([first, second]) => first === 0 && second !== undefined)).toBeCloseTo(0.2, 1);
    expect(share(([first, second]) => first! > 0 && second === undefined)).toBeCloseTo(0.3, 1);
    for (const delay of fates.flat()) expect(delay).toBeLessThanOrEqual(rates.longestMs);
  });
});
