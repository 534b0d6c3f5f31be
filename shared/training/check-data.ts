import type { ClipTable } from '../dataset/clip-table.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ModelSpec } from '../model/model-spec.ts';

/**
 * @throws EarshotError SNAPSHOT_EMPTY when there is nothing to train on or nothing to measure with;
 *   INTERNAL_FAULT when the tables are not of the model's shape.
 */
export function checkData(spec: ModelSpec, train: ClipTable, evaluation: ClipTable): void {
  for (const [split, table] of Object.entries({ train, eval: evaluation })) {
    if (table.clips === 0) {
      throw new EarshotError('SNAPSHOT_EMPTY', {
        field: split,
        expected: 'at least one clip',
        received: 'none',
      });
    }
    const expected = `${spec.maxFrames} × ${spec.width}, labels below ${spec.labels}`;
    const highest = table.labelIndices.reduce((most, label) => Math.max(most, label), 0);
    if (table.width !== spec.width || table.maxFrames !== spec.maxFrames || highest >= spec.labels) {
      const received = `${table.maxFrames} × ${table.width}, label ${highest}`;
      throw new EarshotError('INTERNAL_FAULT', { field: split, expected, received });
    }
  }
  if (!hasMeasurableLabel(evaluation, spec.labels)) {
    throw new EarshotError('SNAPSHOT_EMPTY', {
      field: 'eval',
      expected: 'a label that some clips have and others have not',
      received: `${evaluation.clips} clips that all have the same labels`,
    });
  }
}

function hasMeasurableLabel(table: ClipTable, labels: number): boolean {
  const counts = new Uint32Array(labels);
  for (const label of table.labelIndices) counts[label]!++;
  return counts.some((count) => count > 0 && count < table.clips);
}
