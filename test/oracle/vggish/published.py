"""VGGish's front end and its quantiser by numpy, from the published description."""

import numpy as np

RATE, WINDOW, HOP, FFT, BANDS, LOWEST, HIGHEST, OFFSET = 16000, 400, 160, 512, 64, 125.0, 7500.0, 0.01
PATCH = 96


def spectrogram(samples):
    hann = 0.5 * (1 - np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))
    starts = np.arange(0, len(samples) - WINDOW + 1, HOP)
    windows = samples[starts[:, None] + np.arange(WINDOW)[None, :]].astype(np.float64)
    return np.abs(np.fft.rfft(windows * hann, FFT))


def mel_weights():
    def mel(hertz):
        return 1127 * np.log1p(hertz / 700)

    edges = np.linspace(mel(LOWEST), mel(HIGHEST), BANDS + 2)
    bins = mel(np.arange(FFT // 2 + 1) * RATE / FFT)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights = np.clip(np.minimum(rising, falling), 0, None)
    weights[0] = 0
    return weights


def log_mel(magnitudes):
    return np.log(magnitudes @ mel_weights() + OFFSET)


def patches(samples):
    frames = log_mel(spectrogram(samples))
    count = len(frames) // PATCH
    return frames[: count * PATCH].reshape(count, PATCH, BANDS)


def quantiser_steps(embeddings, components, means):
    """0..255, before they are cut to whole numbers."""
    turned = (components.astype(np.float64) @ (embeddings.T - means.reshape(-1, 1))).T
    return (np.clip(turned, -2, 2) + 2) * (255.0 / 4)
