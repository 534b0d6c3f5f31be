import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { eventFile } from '../../../shared/runs/event-file.ts';
import { maskedCrc32c } from '../../../shared/tfrecord/crc32c.ts';

/** The part of tensorflow/core/util/event.proto and summary.proto that scalars need. */
const { root } = protobuf.parse(`
syntax = "proto3";
message Value { string tag = 1; float simple_value = 2; }
message Summary { repeated Value value = 1; }
message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
`);
const Event = root.lookupType('Event');

/** Payloads of a TFRecord file whose checksums are right. */
function payloads(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + 12 + Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(maskedCrc32c(file, at, at + 8));
    expect(view.getUint32(end, true)).toBe(maskedCrc32c(file, at + 12, end));
    found.push(file.subarray(at + 12, end));
    at = end + 4;
  }
  return found;
}

it('a file of events has the version first, then each scalar with its step and time, steps ascending', () => {
  const file = eventFile({
    steps: [
      { step: 300, loss: 0.5, time: 1_700_000_000.25 },
      { step: 301, loss: 0.25, time: 1_700_000_001 },
    ],
    validation: [{ step: 300, mAP: 0.125, AUC: 0.75, dPrime: 2, time: 1_700_000_002 }],
  });
  const options = { longs: Number, defaults: true };
  const events = payloads(file).map((payload) => Event.toObject(Event.decode(payload), options));
  expect(events[0]).toMatchObject({ fileVersion: 'brain.Event:2', wallTime: 1_700_000_000.25 });
  const scalars = events.slice(1).map(({ step, wallTime, summary }) => [step, wallTime, summary.value]);
  expect(scalars).toEqual([
    [300, 1_700_000_000.25, [{ tag: 'training/loss', simpleValue: 0.5 }]],
    [300, 1_700_000_002, [{ tag: 'validation/mAP', simpleValue: 0.125 }]],
    [300, 1_700_000_002, [{ tag: 'validation/AUC', simpleValue: 0.75 }]],
    [300, 1_700_000_002, [{ tag: 'validation/dPrime', simpleValue: 2 }]],
    [301, 1_700_000_001, [{ tag: 'training/loss', simpleValue: 0.25 }]],
  ]);
});
