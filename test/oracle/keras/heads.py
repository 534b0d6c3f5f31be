"""The heads in Keras, with Keras' layers, losses and optimizer: what shared/model is held against."""
import keras
import numpy as np
import tensorflow as tf

FLOOR = 1e-7


class Heads:
    """A model of a spec (shared/model/model-spec.ts) whose weights have the names of its layout."""

    def __init__(self, spec, weights, dtype='float32'):
        self.spec, self.model, self.dtype = spec, spec['model'], dtype
        self.layers, self.fixed = {}, {}
        names = list(weights)
        for layer in dict.fromkeys(name.split('/')[0] for name in names):
            part = lambda p: weights[f'{layer}/{p}'].astype(dtype)
            if f'{layer}/deviation' in weights:
                self.fixed[layer] = (part('mean'), part('deviation'))
                continue
            dense = norm = None
            if f'{layer}/kernel' in weights:
                kernel = part('kernel')
                dense = keras.layers.Dense(kernel.shape[1], dtype=dtype)
                dense.build((None, kernel.shape[0]))
                dense.set_weights([kernel, part('bias')])
            if f'{layer}/gamma' in weights:
                norm = keras.layers.BatchNormalization(dtype=dtype)
                is_frame = not self.model['head'].endswith('mlp') and layer not in ('feature', 'output')
                norm.build((None, None)[:1 + is_frame] + part('gamma').shape)
                norm.set_weights([part(p) for p in ('gamma', 'beta', 'mean', 'variance')])
            self.layers[layer] = (dense, norm)
        self.names = names

    def trainable(self):
        found = []
        for dense, norm in self.layers.values():
            for layer in (dense, norm):
                if layer is not None:
                    found += layer.trainable_variables
        return found

    def set_momentum(self, momentum):
        for _, norm in self.layers.values():
            if norm is not None:
                norm.momentum = momentum

    def array(self, name):
        layer, part = name.split('/')
        if layer in self.fixed:
            return self.fixed[layer][('mean', 'deviation').index(part)]
        dense, norm = self.layers[layer]
        if part in ('kernel', 'bias'):
            return dense.get_weights()[('kernel', 'bias').index(part)]
        return norm.get_weights()[('gamma', 'beta', 'mean', 'variance').index(part)]

    def __call__(self, frames, mask, training=False):
        model = self.model
        whole = keras.ops.expand_dims(mask, -1)
        has_frame = keras.ops.cast(mask, 'bool')

        def dense(layer, x):
            return self.layers[layer][0](x)

        def norm(layer, x, real=None):
            found = self.layers.get(layer, (None, None))[1]
            return x if found is None else found(x, training=training, mask=real)

        def hidden(layer, x, real=None):
            return keras.ops.relu(norm(layer, dense(layer, x), real))

        def attend(values, logits, kind):
            open_ = keras.ops.softmax(logits) if kind == 'softmax' else keras.ops.sigmoid(logits)
            share = keras.ops.clip(open_, FLOOR, 1 - FLOOR) * whole
            share = share / keras.ops.sum(share, axis=1, keepdims=True)
            return keras.ops.sum(share * values, axis=1)

        def standardise(x):
            mean, deviation = self.fixed['input']
            return (x - mean) / deviation

        if model['head'] in ('linear', 'mlp', 'attention-pooling-mlp'):
            if model['head'] == 'attention-pooling-mlp':
                rows = standardise(frames)
                logits = keras.ops.where(whole > 0, dense('attend', rows), -1e30)
                means = keras.ops.einsum('bth,btk->bhk', keras.ops.softmax(logits, axis=1), rows)
                x = keras.ops.reshape(means, (-1, means.shape[1] * means.shape[2]))
            else:
                x = standardise(keras.ops.sum(frames * whole, axis=1) / keras.ops.sum(whole, axis=1))
            for i in range(len(model.get('hidden', []))):
                x = hidden(f'hidden{i + 1}', x)
            return keras.ops.sigmoid(dense('output', x))

        first = hidden('hidden1', norm('input', frames, has_frame), has_frame)
        second = hidden('hidden2', first, has_frame)
        third = hidden('hidden3', second, has_frame)

        def decide(x, block=''):
            c = keras.ops.sigmoid(norm(f'classify{block}', dense(f'classify{block}', x), has_frame))
            return attend(c, norm(f'attend{block}', dense(f'attend{block}', x), has_frame), model['attention'])

        if model['head'] == 'max-pooling':
            p = keras.ops.sigmoid(dense('output', third))
            return keras.ops.max(keras.ops.where(whole > 0, p, -1.0), axis=1)
        if model['head'] == 'average-pooling':
            p = keras.ops.sigmoid(dense('output', third))
            return keras.ops.sum(p * whole, axis=1) / keras.ops.sum(whole, axis=1)
        if model['head'] == 'single-attention':
            return decide(third)
        if model['head'] == 'multi-attention':
            low, high = ('', '') if model['blocks'] == 'shared' else ('2', '3')
            joined = keras.ops.concatenate([decide(second, low), decide(third, high)], axis=-1)
            return keras.ops.sigmoid(norm('output', dense('output', joined)))
        pooled = attend(dense('feature', third), dense('attend', third), model['attention'])
        return keras.ops.sigmoid(dense('output', keras.ops.relu(norm('feature', pooled))))


def train(heads, batches, learning_rate, momentum_at):
    """Adam on the mean binary cross-entropy, one step a batch. Eager: the loss sees probabilities."""
    optimizer = keras.optimizers.Adam(learning_rate)
    loss_of = keras.losses.BinaryCrossentropy()
    variables = heads.trainable()
    for step, (frames, mask, targets) in enumerate(batches):
        heads.set_momentum(momentum_at(step))
        with tf.GradientTape() as tape:
            loss = loss_of(targets, heads(frames, mask, training=True))
        gradients = tape.gradient(loss, [v.value for v in variables])
        optimizer.apply(gradients, variables)
