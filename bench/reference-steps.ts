/**
 * Steps that the reference's multi-level attention (H = 1024, batches of 500, balanced, Adam at 0.001) needs for mAP 0.26
 * on the public half of eval, when trained on the balanced set. Recorded with
 * `npm run bench -- heads FOLDER 'reference-1024={…}'`: see docs/training-speed.md.
 */
export const recordedReference = { steps: 435, of: 'estimate' } as const;
