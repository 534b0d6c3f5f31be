import { expect, it } from 'vitest';
import { frameRecord } from '../../../shared/tfrecord/writer.ts';
import { anomaly } from '../../../shared/validation/anomaly.ts';
import { ReceiptBuilder } from '../../../shared/validation/receipt-builder.ts';

const wrong = anomaly('EXAMPLE_MALFORMED', {
  severity: 'error',
  file: 'f',
  record: 0,
  offset: 0,
  field: null,
  expected: 'e',
  received: 'r',
});

it('joins good records that follow one another into runs', () => {
  const builder = new ReceiptBuilder();
  builder.addClip(0, 0, 10, 1, []);
  builder.addClip(1, 10, 20, 2, []);
  builder.addBad(Buffer.from('x'), [wrong]);
  builder.addClip(3, 50, 10, 0, []);
  builder.addClip(4, 60, 5, 1, []);
  // Bytes in between that belong to no record.
  builder.addClip(5, 70, 5, 1, []);
  expect(builder.good).toEqual([
    [0, 2, 0, 30],
    [3, 2, 50, 15],
    [5, 1, 70, 5],
  ]);
  expect(builder).toMatchObject({ clips: 5, labels: 5, badRecords: 1 });
});

it('lists ten thousand anomalies, and counts the rest', () => {
  const builder = new ReceiptBuilder();
  for (let i = 0; i < 10_007; i++) builder.addBad(Uint8Array.of(i), [wrong]);
  expect(builder.counts).toEqual({ EXAMPLE_MALFORMED: 10_007 });
  expect(builder.listed).toHaveLength(10_000);
  expect(builder.omitted).toBe(7);
  const { file, reasons } = builder.quarantine()!;
  expect(reasons.records).toHaveLength(10_000);
  expect(reasons.recordsOmitted).toBe(7);
  expect(file.length).toBe(10_007 * 17);
});

it('quarantines records until 32 MiB are full, and says which did not fit', () => {
  const builder = new ReceiptBuilder();
  const large = new Uint8Array(20 * 1024 * 1024);
  const small = Buffer.from('small');
  for (const payload of [large, large, small]) builder.addBad(payload, [wrong]);
  const { file, reasons } = builder.quarantine()!;
  expect(reasons.records.map(({ quarantineRecord }) => quarantineRecord)).toEqual([0, null, 1]);
  expect(
    Buffer.from(file)
      .subarray(large.length + 16)
      .equals(frameRecord(small)),
  ).toBe(true);
});

it('counts the parts of one unreadable span as one bad record', () => {
  const builder = new ReceiptBuilder();
  builder.addBad(Buffer.from('part 0'), [wrong]);
  builder.addBad(Buffer.from('part 1'), []);
  expect(builder.badRecords).toBe(1);
  expect(builder.quarantine()!.reasons.records).toEqual([
    { quarantineRecord: 0, anomalies: [wrong] },
    { quarantineRecord: 1, anomalies: [] },
  ]);
});

it('has no quarantine for a file with only good records', () => {
  const builder = new ReceiptBuilder();
  builder.addClip(0, 0, 10, 1, []);
  expect(builder.quarantine()).toBeNull();
});
