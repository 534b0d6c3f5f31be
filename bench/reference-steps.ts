/**
 * Steps that the reference's multi-level attention (H = 1024, batches of 500) needs for mAP 0.26 on the public half of
 * eval, when trained on the balanced set. Not counted yet, so an estimate that favours it: so many steps have shown it
 * the clips after which H = 512, in nearly four times as many steps of 128 clips, had mAP 0.2548. How to count them is
 * in docs/training-speed.md.
 */
export const referenceSteps = { steps: 255, by: 'estimate' } as const;
