"""The stages of VGGish's front end, by numpy and by TensorFlow's tf.signal.

usage: features.py <folder>; reads `samples` (float32, 16 kHz) and writes, as float64 row-major, `numpy.spectrogram`,
`numpy.logmel`, `tensorflow.spectrogram`, `tensorflow.logmel`, `mel` [257, 64]. Of `embeddings` (float32 [n, 128]),
`eigenvectors` and `means` (float32) it writes the quantiser's `steps`, and `bytes`, AudioSet's embeddings.
"""

import pathlib
import sys

import numpy as np
import published
import tensorflow as tf

folder = pathlib.Path(sys.argv[1])


def read(name):
    return np.fromfile(folder / name, np.float32)


def write(name, values):
    np.asarray(values, np.float64).tofile(folder / name)


samples = read('samples')
magnitudes = published.spectrogram(samples)
write('mel', published.mel_weights())
write('numpy.spectrogram', magnitudes)
write('numpy.logmel', published.log_mel(magnitudes))

spectrum = tf.abs(tf.signal.stft(samples.astype(np.float64), 400, 160, 512, window_fn=tf.signal.hann_window))
matrix = tf.signal.linear_to_mel_weight_matrix(64, 257, 16000, 125.0, 7500.0, dtype=tf.float64)
write('tensorflow.spectrogram', spectrum)
write('tensorflow.logmel', tf.math.log(spectrum @ matrix + 0.01))

steps = published.quantiser_steps(read('embeddings').reshape(-1, 128), read('eigenvectors').reshape(128, 128), read('means'))
write('steps', steps)
steps.astype(np.uint8).tofile(folder / 'bytes')
print('{}')
