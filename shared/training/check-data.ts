import type { ClipTable } from '../dataset/clip-table.ts';
import { EarshotError } from '../errors/earshot-error.ts';
import type { ModelSpec } from '../model/model-spec.ts';

/**
 * @param validation rows of `train` that early stopping is to judge by; null when none need be
 * @throws EarshotError SNAPSHOT_EMPTY when there is nothing to train on or nothing to measure with;
 *   INTERNAL_FAULT when the tables are not of the model's shape.
 */
export function checkData(
  spec: ModelSpec,
  train: ClipTable,
  evaluation: ClipTable,
  validation: Uint32Array | null,
): void {
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
  const everyRow = Uint32Array.from({ length: evaluation.clips }, (_, row) => row);
  checkMeasurable('eval', evaluation, everyRow, spec.labels);
  if (validation !== null) {
    checkMeasurable('the clips of train set aside for early stopping', train, validation, spec.labels);
  }
}

function checkMeasurable(field: string, table: ClipTable, rows: Uint32Array, labels: number): void {
  const counts = new Uint32Array(labels);
  for (const row of rows) {
    for (let at = table.labelOffsets[row]!; at < table.labelOffsets[row + 1]!; at++) {
      counts[table.labelIndices[at]!]!++;
    }
  }
  if (counts.some((count) => count > 0 && count < rows.length)) return;
  throw new EarshotError('SNAPSHOT_EMPTY', {
    field,
    expected: 'a label that some clips have and others have not',
    received: `${rows.length} clips that all have the same labels`,
  });
}
