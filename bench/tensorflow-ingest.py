"""TensorFlow on one thread: read, check and parse every record of TFRecord files.

usage: tensorflow-ingest.py FOLDER ONE_FILE

For each line of standard input, the name of a way below, it goes once through all records that way and prints
seconds and records.
"""

import glob
import os
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
os.environ['CUDA_VISIBLE_DEVICES'] = ''

import tensorflow as tf

tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)
options = tf.data.Options()
options.threading.private_threadpool_size = 1
options.threading.max_intra_op_parallelism = 1

context = {
    'video_id': tf.io.FixedLenFeature([], tf.string),
    'start_time_seconds': tf.io.FixedLenFeature([], tf.float32),
    'end_time_seconds': tf.io.FixedLenFeature([], tf.float32),
    'labels': tf.io.VarLenFeature(tf.int64),
}
frames = {'audio_embedding': tf.io.FixedLenSequenceFeature([], tf.string)}
# The sparse form needs no padding, so that the bytes of all frames can be decoded at once.
sparse_frames = {'audio_embedding': tf.io.VarLenFeature(tf.string)}


def parse(record):
    clip, lists = tf.io.parse_single_sequence_example(record, context, frames)
    return clip, tf.io.decode_raw(lists['audio_embedding'], tf.uint8)


def parse_batch(records):
    clips, lists, _ = tf.io.parse_sequence_example(records, context, sparse_frames)
    return clips, tf.io.decode_raw(lists['audio_embedding'].values, tf.uint8)


def single(files):
    data = tf.data.TFRecordDataset(files).map(parse).with_options(options)
    return data.reduce(0, lambda count, _: count + 1)


def batched(files):
    data = tf.data.TFRecordDataset(files).batch(256).map(parse_batch).with_options(options)
    return data.reduce(0, lambda count, batch: count + tf.shape(batch[0]['video_id'])[0])


many = sorted(glob.glob(os.path.join(sys.argv[1], '*.tfrecord')))
one = [sys.argv[2]]
ways = {
    'single': lambda: single(many),
    'batched': lambda: batched(many),
    'one-file-single': lambda: single(one),
    'one-file-batched': lambda: batched(one),
}
for line in sys.stdin:
    begin = time.perf_counter()
    records = ways[line.strip()]().numpy()
    print(time.perf_counter() - begin, records, flush=True)
