import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runKeys } from '../../shared/dataset/keys.ts';
import { eventFile } from '../../shared/runs/event-file.ts';
import { oraclePython, runPython } from './oracle-python.ts';

/** All scalars of a run's folder, as TensorBoard reads it: [wall time, step, value] by tag. */
const program = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0})
events.Reload()
print(json.dumps({tag: [[e.wall_time, e.step, e.value] for e in events.Scalars(tag)]
                  for tag in events.Tags()['scalars']}))
`;

describe.skipIf(oraclePython === undefined)('the event files of a run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'earshot-events-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are one run of curves to TensorBoard, in order across files and attempts', () => {
    const time = 1_700_000_000;
    const base = runKeys('run').base;
    const segments = [
      { epoch: 1, step: 9, first: 1 },
      { epoch: 1, step: 10, first: 10 },
      // Taken over by a second trainer, and longer than the first two together.
      { epoch: 2, step: 1200, first: 11 },
    ];
    for (const { epoch, step, first } of segments) {
      const steps = Array.from({ length: step - first + 1 }, (_, i) => ({
        step: first + i,
        loss: 1 / (first + i),
        time: time + first + i,
      }));
      const validation = [{ step, mAP: step / 2000, AUC: 0.75, dPrime: -0.5, time: time + step }];
      const file = path.join(folder, runKeys('run').events(epoch, step).slice(base.length));
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, eventFile({ steps, validation }));
    }
    const scalars = runPython(program, path.join(folder, 'events')) as Record<string, number[][]>;
    expect(Object.keys(scalars).sort()).toEqual([
      'training/loss',
      'validation/AUC',
      'validation/dPrime',
      'validation/mAP',
    ]);
    expect(scalars['training/loss']).toEqual(
      Array.from({ length: 1200 }, (_, i) => [time + i + 1, i + 1, Math.fround(1 / (i + 1))]),
    );
    expect(scalars['validation/mAP']).toEqual(
      segments.map(({ step }) => [time + step, step, Math.fround(step / 2000)]),
    );
    expect(scalars['validation/dPrime']!.map(([, , value]) => value)).toEqual([-0.5, -0.5, -0.5]);
  });
});
