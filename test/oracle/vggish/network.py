"""VGGish in Keras with random weights, and those weights as Google has published its own.

usage: network.py <folder>; writes `vggish_model.ckpt` (a checkpoint of TensorFlow 1), `vggish_pca_params.npz`,
`sound.wav`, and what the network makes of the sound: the quantiser's `steps`, float64 [patches, 128].
"""

import pathlib
import sys

import keras
import numpy as np
import published
import soundfile
import tensorflow as tf

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(7)


def network():
    layers = [keras.Input((published.PATCH, published.BANDS, 1))]
    for name, channels, halved in [
        ('conv1', 64, True), ('conv2', 128, True), ('conv3/conv3_1', 256, False), ('conv3/conv3_2', 256, True),
        ('conv4/conv4_1', 512, False), ('conv4/conv4_2', 512, True),
    ]:  # fmt: skip
        named = name.replace('/', '.')
        layers.append(keras.layers.Conv2D(channels, 3, padding='same', activation='relu', name=named))
        if halved:
            layers.append(keras.layers.MaxPooling2D(2, padding='same'))
    layers.append(keras.layers.Flatten())
    for name, units, activation in [('fc1/fc1_1', 4096, 'relu'), ('fc1/fc1_2', 4096, 'relu'), ('fc2', 128, None)]:
        layers.append(keras.layers.Dense(units, activation, name=name.replace('/', '.')))
    return keras.Sequential(layers)


def normal(shape, deviation):
    return random.standard_normal(shape, dtype=np.float32) * np.float32(deviation)


model = network()
variables = {}
for layer in model.layers:
    if not layer.weights:
        continue
    kernel, bias = (tuple(weight.shape) for weight in layer.weights)
    values = [normal(kernel, np.sqrt(2 / np.prod(kernel[:-1]))), normal(bias, 0.05)]
    layer.set_weights(values)
    name = 'vggish/' + layer.name.replace('.', '/')
    variables[f'{name}/weights'], variables[f'{name}/biases'] = values

with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    stored = [tf.compat.v1.get_variable(name, values.shape) for name, values in variables.items()]
    saver = tf.compat.v1.train.Saver(stored, write_version=tf.compat.v1.train.SaverDef.V1)
    for variable, values in zip(stored, variables.values()):
        variable.load(values, session)
    saver.save(session, str(folder / 'vggish_model.ckpt'), write_meta_graph=False)

samples = 0.3 * np.sin(np.cumsum(np.linspace(0.02, 2, 4 * published.RATE))) + 0.05 * random.standard_normal(4 * published.RATE)
soundfile.write(folder / 'sound.wav', samples, published.RATE, subtype='PCM_16')
heard = soundfile.read(folder / 'sound.wav', dtype='float64')[0]

embeddings = model.predict(published.patches(heard)[..., None].astype(np.float32), verbose=0)
# So that the bytes spread over their range; eigenvectors come from LAPACK column by column.
components = np.asfortranarray(normal((128, 128), 1.5 / np.linalg.norm(embeddings - embeddings.mean(0), axis=1).mean()))
means = embeddings.mean(0).reshape(128, 1)
np.savez(folder / 'vggish_pca_params.npz', pca_eigen_vectors=components, pca_means=means)
published.quantiser_steps(embeddings, components, means).tofile(folder / 'steps')
print('{}')
