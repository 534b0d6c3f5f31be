"""`convert.py FOLDER...`: converts TensorFlow.js model directories of Earshot to Keras and back.

Each folder holds `model/` (model.json and its weights files), `frames` and `mask` (float32). Written are
`model.keras`, which stock Keras loads; `keras` and `graph`, the probabilities of the reloaded Keras model and
of the stored graph run by TensorFlow itself; and `back/`, a TensorFlow.js directory with the weights of the
reloaded Keras model.
"""
import json
import os
import shutil
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''
import keras
import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from keras import ops

FLOOR = 1e-7
SHARD = 4 * 1024 * 1024


def stored_type(entry):
    if 'quantization' in entry:
        return '<f2'
    return {'float32': '<f4', 'int32': '<i4'}[entry['dtype']]


def read_arrays(folder, document):
    """All arrays of a TensorFlow.js directory, by name, in their own type."""
    [group] = document['weightsManifest']
    data = b''.join(open(f'{folder}/{path}', 'rb').read() for path in group['paths'])
    arrays, at = {}, 0
    for entry in group['weights']:
        count = int(np.prod(entry['shape'], dtype=int))
        array = np.frombuffer(data, stored_type(entry), count, at)
        at += array.nbytes
        arrays[entry['name']] = array.reshape(entry['shape']).astype(entry['dtype'])
    assert at == len(data), 'the weights files are longer than the manifest says'
    return arrays


def write_arrays(folder, document, arrays):
    [group] = document['weightsManifest']
    data = b''.join(arrays[e['name']].astype(stored_type(e)).tobytes() for e in group['weights'])
    for i, path in enumerate(group['paths']):
        open(f'{folder}/{path}', 'wb').write(data[i * SHARD:(i + 1) * SHARD])


def layer_name(name):
    """Keras takes no slash in the name of a layer; ours have no hyphen."""
    return name.replace('/', '-')


def keras_model(metadata, arrays):
    """Dense layers and keras.ops only: the file needs no code of ours to load."""
    spec, treatment = metadata['spec'], metadata['preprocessing']
    frames = keras.Input((spec['maxFrames'], spec['width']), name='frames')
    mask = keras.Input((spec['maxFrames'],), name='mask')
    x = (frames - treatment['offset']) * treatment['scale']
    layers = {}

    def network(model, prefix):
        def dense(name, x):
            name = prefix + name
            if name not in layers:
                layers[name] = keras.layers.Dense(arrays[f'{name}/kernel'].shape[1], name=layer_name(name))
            return layers[name](x)

        return probabilities_of(model, spec, dense, x, mask)

    if 'members' in spec:
        each = [network(model, f'member{i + 1}/') for i, model in enumerate(spec['members'])]
        y = ops.mean(ops.stack(each), axis=0)
    else:
        y = network(spec['model'], '')
    whole_model = keras.Model([frames, mask], y)
    for name, layer in layers.items():
        layer.set_weights([arrays[f'{name}/kernel'], arrays[f'{name}/bias']])
    return whole_model


def probabilities_of(model, spec, dense, x, mask):
    """Of one network; `dense` makes its layers by name."""
    whole = ops.expand_dims(mask, -1)
    count = ops.sum(mask, axis=1, keepdims=True)

    def attend(values, logits, kind):
        share = ops.clip(ops.softmax(logits) if kind == 'softmax' else ops.sigmoid(logits), FLOOR, 1 - FLOOR)
        share = share * whole
        return ops.sum(share * values, axis=1) / ops.sum(share, axis=1)

    def decide(x, block=''):
        c = ops.sigmoid(dense(f'classify{block}', x))
        return attend(c, dense(f'attend{block}', x), model['attention'])

    def probabilities(x):
        if model['head'] in ('linear', 'mlp', 'attention-pooling-mlp'):
            if model['head'] == 'attention-pooling-mlp':
                logits = dense('attend', x) + (whole - 1) * 1e30
                means = ops.einsum('bth,btk->bhk', ops.softmax(logits, axis=1), x)
                x = ops.reshape(means, (-1, model['heads'] * spec['width']))
            else:
                x = ops.sum(x * whole, axis=1) / count
            for i in range(len(model.get('hidden', []))):
                x = ops.relu(dense(f'hidden{i + 1}', x))
            return ops.sigmoid(dense('output', x))
        first = ops.relu(dense('hidden1', x))
        second = ops.relu(dense('hidden2', first))
        third = ops.relu(dense('hidden3', second))
        if model['head'] == 'max-pooling':
            return ops.max(ops.sigmoid(dense('output', third)) * whole, axis=1)
        if model['head'] == 'average-pooling':
            return ops.sum(ops.sigmoid(dense('output', third)) * whole, axis=1) / count
        if model['head'] == 'single-attention':
            return decide(third)
        if model['head'] == 'multi-attention':
            low, high = ('', '') if model['blocks'] == 'shared' else ('2', '3')
            return ops.sigmoid(dense('output', ops.concatenate([decide(second, low), decide(third, high)], axis=-1)))
        pooled = attend(dense('feature', third), dense('attend', third), model['attention'])
        return ops.sigmoid(dense('output', ops.relu(pooled)))

    return probabilities(x)


def run_graph(document, arrays, frames, mask):
    """The stored graph as it stands, by TensorFlow: only the constants' values come from the weights files."""
    graph = json_format.ParseDict(document['modelTopology'], tf.compat.v1.GraphDef())
    for node in graph.node:
        if node.op == 'Const':
            node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(arrays[node.name]))
    with tf.Graph().as_default() as whole:
        tf.import_graph_def(graph, name='')
        with tf.compat.v1.Session(graph=whole) as session:
            return session.run('probabilities:0', {'frames:0': frames, 'mask:0': mask})


def convert(folder):
    document = json.load(open(f'{folder}/model/model.json'))
    metadata = document['userDefinedMetadata']['earshot']
    spec = metadata['spec']
    arrays = read_arrays(f'{folder}/model', document)
    mask = np.fromfile(f'{folder}/mask', '<f4').reshape(-1, spec['maxFrames'])
    frames = np.fromfile(f'{folder}/frames', '<f4').reshape(len(mask), spec['maxFrames'], spec['width'])

    keras_model(metadata, arrays).save(f'{folder}/model.keras')
    model = keras.saving.load_model(f'{folder}/model.keras')
    np.asarray(model([frames, mask])).astype('<f4').tofile(f'{folder}/keras')
    run_graph(document, arrays, frames, mask).astype('<f4').tofile(f'{folder}/graph')

    os.mkdir(f'{folder}/back')
    shutil.copy(f'{folder}/model/model.json', f'{folder}/back/model.json')
    back = {n: a for n, a in arrays.items() if not n.endswith(('/kernel', '/bias'))}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            name = layer.name.replace('-', '/')
            back[f'{name}/kernel'], back[f'{name}/bias'] = layer.get_weights()
    write_arrays(f'{folder}/back', document, back)


for folder in sys.argv[1:]:
    convert(folder)
print(json.dumps({'keras': keras.__version__, 'tensorflow': tf.__version__}))
