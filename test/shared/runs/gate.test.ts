import { expect, it } from 'vitest';
import { judge } from '../../../shared/runs/gate.ts';

const servedWith = (low: number, high: number) => ({ version: '3', mAP: 0.4, difference: { low, high } });

it.each([
  [{ mAP: 0.3, priorMAP: 0.1, served: null }, true, "mAP 0.3000 beats the prior's 0.1000"],
  [{ mAP: 0.1, priorMAP: 0.1, served: null }, false, "mAP 0.1000 does not beat the prior's 0.1000"],
  [
    { mAP: Number.NaN, priorMAP: 0.1, served: servedWith(0, 1) },
    false,
    "mAP NaN does not beat the prior's 0.1000",
  ],
  [
    { mAP: 0.41, priorMAP: 0.1, served: servedWith(-0.002, 0.02) },
    true,
    "mAP 0.4100 is not worse than version 3's 0.4000 on the same clips (paired difference -0.0020 to +0.0200)",
  ],
  [
    { mAP: 0.38, priorMAP: 0.1, served: servedWith(-0.04, 0) },
    true,
    "mAP 0.3800 is not worse than version 3's 0.4000 on the same clips (paired difference -0.0400 to +0.0000)",
  ],
  [
    { mAP: 0.398, priorMAP: 0.1, served: servedWith(-0.003, -0.001) },
    false,
    "mAP 0.3980 is worse than version 3's 0.4000 on the same clips (paired difference -0.0030 to -0.0010)",
  ],
  [
    { mAP: 0.05, priorMAP: 0.1, served: servedWith(-0.1, 0.1) },
    false,
    "mAP 0.0500 does not beat the prior's 0.1000",
  ],
])('the gate judges %j: %s', (input, passed, reason) => {
  expect(judge(input)).toEqual({ passed, reason });
});
