import { melCount } from '../audio/log-mel.ts';
import { patchFrames } from '../audio/vggish-patches.ts';

/** How wide the layers are. */
export interface VggishSizes {
  /** Channels of the four groups of convolutions; the last two groups have two each. */
  readonly convolutions: readonly [number, number, number, number];
  /** Units of the two layers before the embedding. */
  readonly hidden: number;
  readonly embedding: number;
}

/** As published: 72 million weights (vggish_slim.py). */
export const publishedSizes: VggishSizes = {
  convolutions: [64, 128, 256, 512],
  hidden: 4096,
  embedding: 128,
};

/** Convolutions by their variables' names, and behind which of them a patch is halved in time and pitch. */
export const convolutions = [
  { name: 'vggish/conv1', group: 0, halved: true },
  { name: 'vggish/conv2', group: 1, halved: true },
  { name: 'vggish/conv3/conv3_1', group: 2, halved: false },
  { name: 'vggish/conv3/conv3_2', group: 2, halved: true },
  { name: 'vggish/conv4/conv4_1', group: 3, halved: false },
  { name: 'vggish/conv4/conv4_2', group: 3, halved: true },
] as const;
export const denseLayers = ['vggish/fc1/fc1_1', 'vggish/fc1/fc1_2', 'vggish/fc2'] as const;

/** The principal components, by their names in vggish_pca_params.npz. */
export const eigenVectorsName = 'pca_eigen_vectors';
export const meansName = 'pca_means';

/** Shapes of the network's weights by the names that they have in the published checkpoint. */
export function vggishLayout({
  convolutions: channels,
  hidden,
  embedding,
}: VggishSizes): Map<string, number[]> {
  const layout = new Map<string, number[]>();
  const add = (name: string, shape: number[]) => {
    layout.set(`${name}/weights`, shape);
    layout.set(`${name}/biases`, shape.slice(-1));
  };
  let before = 1;
  for (const { name, group } of convolutions) {
    add(name, [3, 3, before, channels[group]]);
    before = channels[group];
  }
  const halvings = convolutions.filter(({ halved }) => halved).length;
  const flat = ((patchFrames * melCount) / 4 ** halvings) * before;
  const units = [flat, hidden, hidden, embedding];
  for (const [i, name] of denseLayers.entries()) add(name, [units[i]!, units[i + 1]!]);
  return layout;
}
