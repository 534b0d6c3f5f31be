"""`parity.py FOLDER...`: reads cases, writes what Keras makes of each (test/oracle/keras/run-keras.ts)."""
import json
import os
import sys

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import keras
import numpy as np
from heads import Heads, train


def split(flat, shapes):
    parts, at = {}, 0
    for name, shape in shapes:
        size = int(np.prod(shape))
        parts[name] = flat[at:at + size].reshape(shape)
        at += size
    assert at == flat.size
    return parts


def run(folder):
    described = json.load(open(f'{folder}/case.json'))
    spec, dtype = described['spec'], described['dtype']
    keras.config.set_floatx(dtype)
    floats = lambda name: np.fromfile(f'{folder}/{name}', '<f4').astype(dtype)
    shape = (described['batches'], described['clips'], spec['maxFrames'])
    frames = floats('frames').reshape(shape + (spec['width'],))
    mask = floats('mask').reshape(shape)
    targets = floats('targets').reshape(shape[:2] + (spec['labels'],))
    heads = Heads(spec, split(floats('weights'), described['weights']), dtype)
    np.asarray(heads(frames[0], mask[0])).astype('<f4').tofile(f'{folder}/outputs')
    # The trainer forgets the start of the moving statistics sooner than Keras' constant 0.99 does.
    momentum_at = lambda step: min(0.99, (1 + step) / (10 + step))
    batches = list(zip(frames, mask, targets))[:described['steps']]
    train(heads, batches, described['learningRate'], momentum_at)
    after = [np.asarray(heads.array(name)).astype('<f4').ravel() for name in heads.names]
    np.concatenate(after).tofile(f'{folder}/after')


for folder in sys.argv[1:]:
    run(folder)
print(json.dumps({'keras': keras.__version__}))
