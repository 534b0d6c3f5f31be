"""Out-of-fold probabilities of scikit-learn's anchors: FOLDER CLIPS LABELS; prints mAP of each as JSON."""
import json
import sys
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.neighbors import KNeighborsClassifier

warnings.filterwarnings('ignore')
folder, clips, labels = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = np.fromfile(f'{folder}/means', np.float32).reshape(clips, -1)
y = np.fromfile(f'{folder}/truth', np.uint8).reshape(clips, labels).astype(bool)
fold = np.fromfile(f'{folder}/folds', np.uint8)


def one_a_label(make):
    return lambda a, b, y: np.stack([make().fit(a, y[:, k]).predict_proba(b)[:, 1] for k in range(labels)], 1)


anchors = {
    'logistic regression, C = 0.03': one_a_label(lambda: LogisticRegression(C=0.03, max_iter=500)),
    'logistic regression, C = 1': one_a_label(lambda: LogisticRegression(C=1, max_iter=500)),
    '5 nearest neighbours': one_a_label(lambda: KNeighborsClassifier(5)),
}
found = {}
for name, fit in anchors.items():
    scores = np.zeros((clips, labels))
    for f in range(5):
        rest, own = fold != f, fold == f
        mean, deviation = x[rest].mean(0), x[rest].std(0) + 1e-6
        scores[own] = fit((x[rest] - mean) / deviation, (x[own] - mean) / deviation, y[rest])
    found[name] = float(np.mean([average_precision_score(y[:, k], scores[:, k]) for k in range(labels)]))
print(json.dumps(found))
