import { SeededRandom } from '../random/seeded-random.ts';

type Purpose =
  | 'weights'
  | 'shuffle'
  | 'dropout'
  | 'label-order'
  | 'label-clips'
  | 'mixup'
  | 'block-order'
  | 'window';

/** What a run draws random numbers for. The order counts: a purpose's place is part of its streams. */
const purposes: readonly Purpose[] = ['weights', 'shuffle', 'dropout'];

/** Later ones count their streams downwards from -1, so that those of the first stayed what they were. */
const laterPurposes: readonly Purpose[] = ['label-order', 'label-clips', 'mixup', 'block-order', 'window'];

/** More than there will ever be, so that another one leaves the streams of these what they are. */
const laterAtMost = 16;

/** More layers than any model has. */
const layersAtMost = 64;

/**
 * Random numbers for one purpose at one place of a run. They depend on the arguments alone, so that
 * nothing but seed and step must be kept to resume.
 *
 * @param index epoch or step, from 0
 * @param layer 0..63
 */
export function randomFor(purpose: Purpose, seed: number, index = 0, layer = 0): SeededRandom {
  const place = index * layersAtMost + layer;
  const early = purposes.indexOf(purpose);
  if (early >= 0) return new SeededRandom(seed, place * purposes.length + early);
  const late = laterPurposes.indexOf(purpose);
  return new SeededRandom(seed, -1 - (place * laterAtMost + late));
}
