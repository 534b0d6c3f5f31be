"""PyTorch's side of `bench/train.ts`: the same model, made steps on batches that are ready in memory.

Arguments: hidden units, clips a batch, labels, frames, width, threads. Reads `WAY STEPS` a line, answers the seconds
of the clock and of processors.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional

hidden, clips, labels, frames, width, threads = map(int, sys.argv[1:7])
torch.set_num_threads(threads)
torch.manual_seed(1)


class Level(nn.Module):
    def __init__(self):
        super().__init__()
        self.classify = nn.Linear(hidden, labels)
        self.attend = nn.Linear(hidden, labels)

    def forward(self, x):
        heard = torch.sigmoid(self.classify(x)).view(clips, frames, labels)
        attention = torch.softmax(self.attend(x), -1).clamp(1e-7, 1 - 1e-7).view(clips, frames, labels)
        return (attention * heard).sum(1) / attention.sum(1)


class MultiAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden, eps=1e-3), nn.ReLU(), nn.Dropout(0.5))
            for inputs in (width, hidden, hidden)
        )
        self.levels = nn.ModuleList([Level(), Level()])
        self.output = nn.Linear(2 * labels, labels)

    def forward(self, x):
        first = self.trunk[0](x.view(clips * frames, width))
        second = self.trunk[1](first)
        third = self.trunk[2](second)
        return self.output(torch.cat([self.levels[0](second), self.levels[1](third)], 1))

batches = [
    (torch.rand(clips, frames, width) * 2 - 1, (torch.rand(clips, labels) < 2.4 / labels).float()) for _ in range(8)
]

def way_of():
    model = MultiAttention()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)

    def step(i):
        x, y = batches[i % len(batches)]
        optimizer.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step

steps = {"eager": way_of()}
for line in sys.stdin:
    way, count = line.split()
    began = time.perf_counter()
    cpu = time.process_time()
    for i in range(int(count)):
        loss = steps[way](i)
    print(time.perf_counter() - began, time.process_time() - cpu, flush=True)
