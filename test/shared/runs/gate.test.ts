import { expect, it } from 'vitest';
import { judge } from '../../../shared/runs/gate.ts';

const served = { version: '3', mAP: 0.4 };

it.each([
  [{ mAP: 0.3, priorMAP: 0.1, served: null }, true, "mAP 0.3000 beats the prior's 0.1000"],
  [{ mAP: 0.1, priorMAP: 0.1, served: null }, false, "mAP 0.1000 does not beat the prior's 0.1000"],
  [{ mAP: Number.NaN, priorMAP: 0.1, served }, false, "mAP NaN does not beat the prior's 0.1000"],
  [
    { mAP: 0.41, priorMAP: 0.1, served },
    true,
    "mAP 0.4100 is not worse than version 3's 0.4000 on the same clips",
  ],
  [
    { mAP: 0.3941, priorMAP: 0.1, served },
    true,
    "mAP 0.3941 is not worse than version 3's 0.4000 on the same clips",
  ],
  [
    { mAP: 0.3939, priorMAP: 0.1, served },
    false,
    "mAP 0.3939 is worse than version 3's 0.4000 on the same clips",
  ],
  [
    { mAP: 0.05, priorMAP: 0.1, served: { version: '3', mAP: 0.05 } },
    false,
    "mAP 0.0500 does not beat the prior's 0.1000",
  ],
])('the gate judges %j: %s', (input, passed, reason) => {
  expect(judge(input)).toEqual({ passed, reason });
});
