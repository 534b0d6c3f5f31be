"""Makes vggish.safetensors, which infer reads, of the two files that Google has published.

usage: python infra/vggish/convert.py vggish_model.ckpt vggish_pca_params.npz vggish.safetensors [--half]

Needs numpy, safetensors and tensorflow (or tensorflow-cpu) of PyPI. With --half the weights are stored with 16 bits:
half the bytes to load. See docs/audio.md.
"""

import argparse

import numpy as np
import tensorflow as tf
from safetensors.numpy import save_file

LAYERS = [
    'conv1', 'conv2', 'conv3/conv3_1', 'conv3/conv3_2', 'conv4/conv4_1', 'conv4/conv4_2',
    'fc1/fc1_1', 'fc1/fc1_2', 'fc2',
]  # fmt: skip
WIDTH = 128


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint')
    parser.add_argument('components')
    parser.add_argument('output')
    parser.add_argument('--half', action='store_true')
    given = parser.parse_args()

    checkpoint = tf.train.load_checkpoint(given.checkpoint)
    names = [f'vggish/{layer}/{part}' for layer in LAYERS for part in ('weights', 'biases')]
    absent = [name for name in names if not checkpoint.has_tensor(name)]
    if absent:
        raise SystemExit(f'{given.checkpoint} is no checkpoint of VGGish: it has no {", ".join(absent)}')
    precision = np.float16 if given.half else np.float32
    tensors = {name: checkpoint.get_tensor(name).astype(precision) for name in names}

    components = np.load(given.components)
    tensors['pca_eigen_vectors'] = components['pca_eigen_vectors'].astype(np.float32).reshape(WIDTH, WIDTH)
    tensors['pca_means'] = components['pca_means'].astype(np.float32).reshape(WIDTH, 1)
    # What is not contiguous would be stored as it lies.
    save_file({name: np.ascontiguousarray(values) for name, values in tensors.items()}, given.output)
    print(f'{given.output}: {sum(values.size for values in tensors.values()):,} values of {len(tensors)} tensors')


main()
