"""scikit-learn on one thread: average precision and ROC AUC of every class.

usage: scikit-learn-metrics.py CLIPS LABELS TRUTH SCORES...

TRUTH is a file of bytes, each of SCORES one of 32-bit floats, all [CLIPS, LABELS]. For each line of standard input, the
place of one of SCORES, it prints wall and processor seconds, mAP and mean AUC.
"""

import sys
import time

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

clips, labels = int(sys.argv[1]), int(sys.argv[2])
shape = (clips, labels)
truth = np.fromfile(sys.argv[3], 'u1').reshape(shape)
scores = [np.fromfile(file, '<f4').reshape(shape) for file in sys.argv[4:]]


for line in sys.stdin:
    chosen = scores[int(line)]
    begin, began = time.perf_counter(), time.process_time()
    # One call with all classes is quicker than one a class.
    ap = average_precision_score(truth, chosen, average=None)
    auc = roc_auc_score(truth, chosen, average=None)
    wall, cpu = time.perf_counter() - begin, time.process_time() - began
    print(wall, cpu, float(np.mean(ap)), float(np.mean(auc)), flush=True)
