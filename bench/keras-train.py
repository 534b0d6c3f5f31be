"""Keras' side of `bench/train.ts`: the same model, made compiled steps on batches that are ready in memory.

Arguments: hidden units, clips a batch, labels, frames, width, threads. Reads `WAY STEPS` a line, answers the seconds
of the clock and of processors.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

hidden, clips, labels, frames, width, threads = map(int, sys.argv[1:7])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)


class AttentionPooling(layers.Layer):
    def call(self, inputs):
        heard, attention = inputs
        clipped = ops.clip(attention, 1e-7, 1 - 1e-7)
        share = clipped / ops.sum(clipped, axis=1, keepdims=True)
        return ops.sum(share * heard, axis=1)


def model_of(jit_compile):
    def level(x):
        heard = layers.Dense(labels, activation="sigmoid")(x)
        attention = layers.Dense(labels, activation="softmax")(x)
        return AttentionPooling()([heard, attention])

    x = start = layers.Input((frames, width))
    levels = []
    for layer in range(3):
        x = layers.Dropout(0.5)(layers.ReLU()(layers.BatchNormalization()(layers.Dense(hidden)(x))))
        if layer > 0:
            levels.append(level(x))
    model = keras.Model(start, layers.Dense(labels, activation="sigmoid")(layers.Concatenate()(levels)))
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy", jit_compile=jit_compile)
    return model


random = np.random.default_rng(1)
batches = [
    (
        tf.constant((random.random((clips, frames, width), np.float32) * 2 - 1)),
        tf.constant((random.random((clips, labels)) < 2.4 / labels).astype(np.float32)),
    )
    for _ in range(8)
]
models = {"graph": model_of(False), "xla": model_of(True)}


def step(model, i):
    return model.train_on_batch(*batches[i % len(batches)])


for line in sys.stdin:
    way, steps = line.split()
    began = time.perf_counter()
    cpu = time.process_time()
    for i in range(int(steps)):
        step(models[way], i)
    print(time.perf_counter() - began, time.process_time() - cpu, flush=True)
