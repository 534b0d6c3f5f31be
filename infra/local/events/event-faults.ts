import { createHash } from 'node:crypto';
import { SeededRandom } from '../../../shared/random/seeded-random.ts';

/** Which delivery a fate is asked for. */
export interface DeliveryIdentity {
  readonly functionName: string;
  readonly key: string;
  readonly operation: 'write' | 'delete';
  /** 0 for the first delivery of this operation on this key to this function, and so on. */
  readonly occurrence: number;
}

/** When the copies of an event are delivered, in milliseconds after it happened; none: it is lost. */
export type Fate = readonly number[];

export interface FaultRates {
  /** Share of the deliveries, 0..1; the three together at most 1. */
  readonly lost: number;
  readonly twice: number;
  readonly late: number;
  /** How late at most, in milliseconds. Late events come behind younger ones, so out of order. */
  readonly longestMs: number;
}

const usualRates: FaultRates = { lost: 0.15, twice: 0.2, late: 0.3, longestMs: 1500 };

/** Decides what becomes of each event. */
export type EventFaults = (delivery: DeliveryIdentity) => Fate;

/**
 * The bad habits of an event service, from a seed. A decision depends on the seed and the delivery alone, not on when
 * it is asked for: the same seed does the same to the same history, however its steps fall in time.
 */
export function seededFaults(seed: number, rates: FaultRates = usualRates): EventFaults {
  const { lost, twice, late, longestMs } = rates;
  return ({ functionName, key, operation, occurrence }) => {
    const identity = JSON.stringify([functionName, key, operation, occurrence]);
    const random = new SeededRandom(seed, createHash('sha256').update(identity).digest().readUIntBE(0, 6));
    const lot = random.uniform();
    const delay = 1 + random.below(longestMs);
    if (lot < lost) return [];
    if (lot < lost + twice) return [0, delay];
    return lot < lost + twice + late ? [delay] : [0];
  };
}
