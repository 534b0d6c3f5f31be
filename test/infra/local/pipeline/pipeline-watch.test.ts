import { beforeAll, describe, expect, it } from 'vitest';
import { PipelineWatch } from '../../../../infra/local/pipeline/pipeline-watch.ts';
import { quarantineReasonsKey, receiptKey, runKeys } from '../../../../shared/dataset/keys.ts';
import type { PipelineState } from '../../../../shared/pipeline/pipeline-state.ts';
import type { RunReport } from '../../../../shared/runs/documents.ts';
import { bytesAt } from '../../../fixtures/object-store/contents.ts';
import type { FreshBucket } from '../../../fixtures/object-store/fresh-buckets.ts';
import { fileOfTones, startTones } from '../../../fixtures/tone-dataset.ts';
import { toneTrainer } from '../../../fixtures/tone-trainer.ts';
import { drop, ingest } from '../../../fixtures/uploads.ts';

const trainer = toneTrainer();
const letter = {
  functionName: 'shard',
  key: 'receipts/tones/x.json',
  operation: 'write',
  attempts: 8,
  reason: 'a test',
  time: '2026-11-28T00:00:00.000Z',
} as const;
let store: FreshBucket;
let report: RunReport;

const look = (): Promise<PipelineState> =>
  new PipelineWatch({
    store,
    dispatcher: { underway: 3 },
    outbox: { deadLetters: () => [letter] },
  }).state();

beforeAll(async () => {
  store = trainer.store();
  await startTones(store, 'base', {}, 'base');
  report = (await trainer.train('base'))!;
});

describe('the pipeline as the bucket shows it', () => {
  it('of a dataset: files, clips and shards, and what was found in them', async () => {
    const { datasets, events } = await look();
    expect(events).toMatchObject({ underway: 3, deadLetters: [{ functionName: 'shard', reason: 'a test' }] });
    expect(datasets).toHaveLength(1);
    expect(datasets[0]).toMatchObject({
      dataset: 'tones',
      files: { dropped: 0, validated: 0, sharded: 3 },
      unread: 0,
      clips: { train: 160, eval: 100 },
      shards: { count: 3 },
      quarantined: { files: 0, records: 0, most: [] },
      anomalies: [{ code: 'LABELS_EMPTY', remedy: expect.stringContaining('Harmless') }],
    });
  });

  it('of a run: its status, how it ended, and the curves of its report', async () => {
    const { runs, models } = await look();
    expect(runs).toMatchObject([
      {
        run: 'base',
        dataset: 'tones',
        model: 'base',
        status: { phase: 'completed', step: 30, steps: 30 },
        result: { version: '1', mAP: report.metrics.mAP, passed: true },
      },
    ]);
    expect(runs[0]!.curves).toEqual([report.curves]);
    expect(models).toMatchObject([
      { model: 'base', stable: '1', versions: [{ version: '1', complete: true, run: 'base' }] },
    ]);
  });

  it('of a run that has not ended: the curves up to what it has committed', async () => {
    const key = runKeys('base').report;
    const kept = await bytesAt(store, key);
    await store.delete(key);
    const [run] = (await look()).runs;
    await store.put(key, kept);
    expect(run!.result).toBeNull();
    expect(run!.curves).toEqual([report.curves]);
  });

  it('a run that nobody works on yet, and one whose request cannot be read', async () => {
    await store.put(runKeys('waiting').request, Buffer.from('{"dataset": "tones", "model": "m"}'));
    await store.put(runKeys('wrong').request, Buffer.from('{'));
    const { runs } = await look();
    const of = (name: string) => runs.find(({ run }) => run === name);
    expect(of('waiting')).toEqual({
      run: 'waiting',
      dataset: 'tones',
      model: 'm',
      status: null,
      curves: [{ loss: [], validation: [] }],
      result: null,
    });
    expect(of('wrong')).toMatchObject({ dataset: null, status: null });
  });

  it('files on their way, and one that was overwritten, stand at their stages', async () => {
    const stageOf = async (key: string) =>
      (await look()).datasets[0]!.latest.find((file) => file.key === key)?.stage;
    const key = await drop(store, 'tones', 'train', 'new.tfrecord', fileOfTones(5));
    expect(await stageOf(key)).toBe('dropped');
    await store.put(receiptKey(key), Buffer.from('{}'));
    expect(await stageOf(key)).toBe('validated');
    await store.delete(receiptKey(key));
    await ingest(store, 'tones', 'train', 'new.tfrecord', fileOfTones(5));
    expect(await stageOf(key)).toBe('sharded');
    await drop(store, 'tones', 'train', 'new.tfrecord', fileOfTones(6));
    expect(await stageOf(key)).toBe('dropped');
    await store.delete(key);
  });

  it('what is wrong with files is counted, with its remedy, and where the reasons are', async () => {
    const bytes = Buffer.from(fileOfTones(5));
    bytes[40]! ^= 1;
    const key = await ingest(store, 'tones', 'train', 'bad.tfrecord', bytes);
    const [dataset] = (await look()).datasets;
    expect(dataset!.quarantined).toEqual({
      files: 1,
      records: 1,
      most: [{ file: key, records: 1, reasons: quarantineReasonsKey(key) }],
    });
    expect(dataset!.anomalies).toContainEqual({
      code: 'TFRECORD_DATA_CRC_MISMATCH',
      count: 1,
      message: 'The checksum of a record does not match its bytes',
      remedy: expect.stringContaining('Write this record again'),
    });
  });

  it('those who look at once share what is read', async () => {
    let listings = 0;
    const counting = {
      ...store,
      list: (prefix: string) => {
        listings++;
        return store.list(prefix);
      },
    };
    const outbox = { deadLetters: () => [] };
    const watch = new PipelineWatch({ store: counting, dispatcher: { underway: 0 }, outbox });
    const states = await Promise.all([watch.state(), watch.state(), watch.state()]);
    const ofOne = listings;
    expect(states[1]).toBe(states[0]);
    watch.forget();
    expect(await watch.state()).not.toBe(states[0]);
    expect(listings).toBe(2 * ofOne);
  });
});
