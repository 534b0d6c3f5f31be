"""The stages of VGGish's front end, by numpy from the published description and by TensorFlow's tf.signal.

usage: features.py <folder>; reads `samples` (float32, 16 kHz) and writes, as float64 row-major, `numpy.spectrogram`,
`numpy.logmel`, `tensorflow.spectrogram`, `tensorflow.logmel`, `mel` [257, 64]. Of `embeddings` (float32 [n, 128]),
`eigenvectors` and `means` (float32) it writes `bytes`, AudioSet's embeddings.
"""

import pathlib
import sys

import numpy as np
import tensorflow as tf

folder = pathlib.Path(sys.argv[1])
RATE, WINDOW, HOP, FFT, BANDS, LOWEST, HIGHEST, OFFSET = 16000, 400, 160, 512, 64, 125.0, 7500.0, 0.01


def read(name, dtype=np.float32):
    return np.fromfile(folder / name, dtype)


def write(name, values):
    np.asarray(values, np.float64).tofile(folder / name)


samples = read('samples')

hann = 0.5 * (1 - np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))
starts = np.arange(0, len(samples) - WINDOW + 1, HOP)
windows = samples[starts[:, None] + np.arange(WINDOW)[None, :]].astype(np.float64)
magnitudes = np.abs(np.fft.rfft(windows * hann, FFT))

mel = lambda hertz: 1127 * np.log1p(hertz / 700)
edges = np.linspace(mel(LOWEST), mel(HIGHEST), BANDS + 2)
bins = mel(np.arange(FFT // 2 + 1) * RATE / FFT)[:, None]
rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
weights = np.clip(np.minimum(rising, falling), 0, None)
weights[0] = 0
write('mel', weights)
write('numpy.spectrogram', magnitudes)
write('numpy.logmel', np.log(magnitudes @ weights + OFFSET))

spectrum = tf.abs(tf.signal.stft(samples.astype(np.float64), WINDOW, HOP, FFT, window_fn=tf.signal.hann_window))
matrix = tf.signal.linear_to_mel_weight_matrix(BANDS, FFT // 2 + 1, RATE, LOWEST, HIGHEST, dtype=tf.float64)
write('tensorflow.spectrogram', spectrum)
write('tensorflow.logmel', tf.math.log(spectrum @ matrix + OFFSET))

embeddings = read('embeddings').reshape(-1, 128)
components = read('eigenvectors').reshape(128, 128).astype(np.float64)
means = read('means').reshape(128, 1)
turned = (components @ (embeddings.T - means)).T
write('steps', (np.clip(turned, -2, 2) + 2) * (255.0 / 4))
((np.clip(turned, -2, 2) + 2) * (255.0 / 4)).astype(np.uint8).tofile(folder / 'bytes')
print('{}')
