import { encodeFileVersion, encodeScalarEvent } from '../tfrecord/encode-event.ts';
import { encodeTfRecordFile } from '../tfrecord/writer.ts';
import type { MetricsSegment } from './checkpoints.ts';

/** The metrics of a segment as a file of TensorBoard events; files of a run are read one behind the other. */
export function eventFile({ steps, validation }: MetricsSegment): Uint8Array {
  const scalars = [
    ...steps.map(({ step, time, loss }) => ({ step, time, tag: 'training/loss', value: loss })),
    ...validation.flatMap(({ step, time, ...metrics }) =>
      Object.entries(metrics).map(([name, value]) => ({ step, time, tag: `validation/${name}`, value })),
    ),
  ];
  // TensorBoard takes steps that go back for a run that was started anew.
  scalars.sort((a, b) => a.step - b.step);
  const began = scalars[0]?.time ?? 0;
  return encodeTfRecordFile([encodeFileVersion(began), ...scalars.map(encodeScalarEvent)]);
}
