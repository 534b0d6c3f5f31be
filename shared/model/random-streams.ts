import { SeededRandom } from '../random/seeded-random.ts';

/** What a run draws random numbers for. The order counts: a purpose's place is part of its streams. */
const purposes = ['weights', 'shuffle', 'dropout'] as const;

/** More layers than any model has. */
const layersAtMost = 64;

/**
 * Random numbers for one purpose at one place of a run. They depend on the arguments alone, so that
 * nothing but seed and step must be kept to resume.
 *
 * @param index epoch or step, from 0
 * @param layer 0..63
 */
export function randomFor(
  purpose: (typeof purposes)[number],
  seed: number,
  index = 0,
  layer = 0,
): SeededRandom {
  const stream = (index * layersAtMost + layer) * purposes.length + purposes.indexOf(purpose);
  return new SeededRandom(seed, stream);
}
