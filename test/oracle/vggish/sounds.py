"""Writes WAV files with libsndfile, and beside each what others make of it.

usage: sounds.py <folder>; prints the cases as JSON. Beside <case>.wav lie, as little-endian float64:
<case>.mono (libsndfile's samples, channels averaged), and at 16 kHz <case>.exact (the same tones), <case>.scipy and
<case>.soxr.
"""

import json
import math
import pathlib
import sys

import numpy as np
import scipy.signal
import soundfile
import soxr

TARGET = 16000
SECONDS = 0.25
# The filter of resampy 0.2, which MAX-Audio-Classifier pins.
CROSSINGS, BETA, ROLL_OFF = 64, 14.769656459379492, 0.9475937167399596

CODINGS = [
    ('WAV', 'PCM_U8'), ('WAV', 'PCM_16'), ('WAV', 'PCM_24'), ('WAV', 'PCM_32'), ('WAV', 'FLOAT'), ('WAV', 'DOUBLE'),
    ('WAVEX', 'PCM_16'), ('WAVEX', 'PCM_24'), ('WAVEX', 'FLOAT'), ('WAVEX', 'DOUBLE'),
    ('RF64', 'PCM_16'), ('RF64', 'FLOAT'),
]
RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000, 12345]


def tones(rate, channels, seed):
    """At `rate` and at 16 kHz: tones of any pitch that both let through, swelling, as a sudden beginning has all."""
    random = np.random.default_rng(seed)
    highest = min(6400, 0.42 * rate)
    hertz = random.uniform(60, highest, (40, channels))
    phase = random.uniform(0, 2 * np.pi, hertz.shape)

    def sampled(at):
        t = np.arange(int(at * SECONDS))[:, None] / at
        tones = sum(np.sin(2 * np.pi * hertz[i] * t + phase[i]) for i in range(len(hertz)))
        return np.sin(np.pi * t / SECONDS) ** 2 * tones / len(hertz)

    return sampled(rate), sampled(TARGET)


def polyphase(samples, rate):
    """The same filter as samples of one long FIR at the common multiple of both rates."""
    common = math.gcd(rate, TARGET)
    up, down = TARGET // common, rate // common
    scale = min(1, TARGET / rate)
    half = int(CROSSINGS / scale * up)
    at = scale * np.arange(-half, half + 1) / up
    window = np.i0(BETA * np.sqrt(np.maximum(0, 1 - (at / CROSSINGS) ** 2))) / np.i0(BETA)
    taps = scale * ROLL_OFF * np.sinc(ROLL_OFF * at) * window
    # SciPy multiplies by `up` what it is given.
    return scipy.signal.resample_poly(samples, up, down, window=taps / up)


def main(folder):
    cases = []
    kinds = [(container, coding, 44100, 2) for container, coding in CODINGS]
    kinds += [('WAV', 'FLOAT', rate, 1) for rate in RATES]
    kinds += [('WAVEX', 'PCM_24', 48000, 6), ('WAV', 'PCM_16', 16000, 1)]
    for seed, (container, coding, rate, channels) in enumerate(kinds):
        name = f'{seed}-{container}-{coding}-{rate}-{channels}'
        file = folder / f'{name}.wav'
        sound, wanted = tones(rate, channels, seed)
        soundfile.write(file, sound, rate, format=container, subtype=coding)
        wanted.mean(axis=1).tofile(folder / f'{name}.exact')
        mono = soundfile.read(file, dtype='float64', always_2d=True)[0].mean(axis=1)
        mono.tofile(folder / f'{name}.mono')
        polyphase(mono, rate).tofile(folder / f'{name}.scipy')
        soxr.resample(mono, rate, TARGET, quality='VHQ').tofile(folder / f'{name}.soxr')
        cases.append({'name': name, 'rate': rate, 'channels': channels})
    print(json.dumps(cases))


main(pathlib.Path(sys.argv[1]))
