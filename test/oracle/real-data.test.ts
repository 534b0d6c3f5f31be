import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '../../infra/local/platform.ts';
import type { Summary } from '../../infra/local/summary.ts';
import { serviceOf } from '../../infra/service/service.ts';
import { buildSnapshot } from '../../shared/dataset/build-snapshot.ts';
import { clipOfRow } from '../../shared/dataset/clip-rows.ts';
import type { ClipTable } from '../../shared/dataset/clip-table.ts';
import { snapshotKey } from '../../shared/dataset/keys.ts';
import { audiosetLabels, parseLabelList } from '../../shared/dataset/label-list.ts';
import { readSnapshot, readSplit } from '../../shared/dataset/read-shards.ts';
import { settledSources } from '../../shared/dataset/settled-sources.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { rankingMetrics } from '../../shared/metrics/ranking-metrics.ts';
import { openSavedModel } from '../../shared/model/saved-model.ts';
import { readVersion } from '../../shared/registry/versions.ts';
import { resolveTraining, trainingSettingsSchema } from '../../shared/training/settings.ts';
import { trainClassifier } from '../../shared/training/train-classifier.ts';
import { lastJsonLine, projectRoot, runServerless } from '../e2e/run-serverless.ts';
import { type ProtocolClient, protocolClients } from '../fixtures/protocol-clients.ts';
import { realAudioSet } from './briefing.ts';
import { oraclePython, runPython } from './oracle-python.ts';
import { expectSearchByNumpy } from './search-by-numpy.ts';

const run = promisify(execFile);

/** Ids and label sets by TensorFlow's own parser. */
const labelsByTensorFlow = `
import glob, json, os, sys
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
context = {'video_id': tf.io.FixedLenFeature([], tf.string), 'labels': tf.io.VarLenFeature(tf.int64)}
def parse(record):
    parsed, _ = tf.io.parse_single_sequence_example(record, context_features=context)
    return parsed['video_id'], tf.sparse.to_dense(parsed['labels'])
files = sorted(glob.glob(sys.argv[1] + '/*.tfrecord'))
data = tf.data.TFRecordDataset(files).map(parse)
print(json.dumps({i.decode(): sorted(l.tolist()) for i, l in data.as_numpy_iterator()}))
`;

describe.skipIf(realAudioSet === null)('the real AudioSet, dropped as archives', () => {
  let folder: string;
  let state: string;
  let summary: Summary;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'earshot-real-'));
    state = path.join(folder, 'state');
    const data = ['--data', realAudioSet!.train, '--data', realAudioSet!.eval];
    const ended = await runServerless([
      'local',
      '--once',
      '--json',
      '--persist-to',
      state,
      '--port',
      '0',
      ...data,
    ]);
    console.log(ended.stderr);
    expect(ended.code, ended.stderr).toBe(0);
    summary = lastJsonLine(ended);
    console.log(JSON.stringify(summary));
    await mkdir(path.join(folder, 'files'));
    for (const archive of [realAudioSet!.train, realAudioSet!.eval]) {
      await run('tar', ['-xf', archive, '-C', path.join(folder, 'files')]);
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives every clip and label, and no anomaly', () => {
    expect(summary.files).toBe(6082);
    expect(summary.clips.train).toBe(22_160);
    expect(summary.labelled.train).toBe(52_882);
    expect(summary.labels).toBe(527);
    expect(summary.anomalies).toEqual({});
    expect(summary.quarantined).toEqual({ files: 0, records: 0 });
  });

  it('trains the default recipe to an eval mAP of at least 0.25', () => {
    expect(summary.mAP).toBeGreaterThanOrEqual(0.25);
  });

  it('ships the label list of AudioSet', async () => {
    const csv = await readFile(realAudioSet!.labels, 'utf8');
    expect(parseLabelList(csv, realAudioSet!.labels)).toEqual(audiosetLabels);
  });

  it.skipIf(oraclePython === undefined)(
    'keeps every label set as TensorFlow reads it from the source',
    async () => {
      await onPlatform(state, async ({ store }) => {
        const snapshot = await readSnapshot(store, snapshotKey('audioset', summary.snapshot));
        for (const [split, name] of [
          ['train', 'bal_train'],
          ['eval', 'eval'],
        ] as const) {
          const wanted = runPython(labelsByTensorFlow, path.join(folder, 'files', name)) as Record<
            string,
            number[]
          >;
          const table = await readSplit(store, snapshot, split);
          expect(table.clips).toBe(Object.keys(wanted).length);
          expect(labelSets(table)).toEqual(wanted);
        }
      });
    },
  );

  it('serves the scores that the trainer would give, for every eval clip through every protocol', async () => {
    await onPlatform(state, async ({ store, url }) => {
      const snapshot = await readSnapshot(store, snapshotKey('audioset', summary.snapshot));
      const table = await readSplit(store, snapshot, 'eval');
      const [model = '', version = ''] = summary.model.split('/');
      const files = await readVersion(store, model, version);
      const saved = openSavedModel(await openEngine('auto'), files);
      const rows = Array.from({ length: table.clips }, (_, row) => row);
      const direct = saved.predict(rows.map((row) => clipOfRow(table, row).frames));
      let served: Float32Array = new Float32Array();
      for (const client of protocolClients) {
        served = await askForAll(url, table, client, { ...saved.spec, model });
        let worst = 0;
        for (const [row, scores] of direct.entries()) {
          for (const [k, score] of scores.entries())
            worst = Math.max(worst, Math.abs(score - served[row * 527 + k]!));
        }
        const { mAP } = rankingMetrics(table, 527, served);
        console.log(`${client.name}: largest difference ${worst}, mAP ${mAP} against ${summary.mAP}`);
        expect(worst, client.name).toBeLessThan(1e-5);
        expect(Math.abs(mAP - summary.mAP), client.name).toBeLessThan(1e-4);
      }
      if (oraclePython !== undefined) await expectSearchByNumpy(url, table, served, folder);
    });
  });

  it('gives the same snapshot when the AWS CLI drops the files', async () => {
    await onPlatform(path.join(folder, 'by-aws'), async (platform) => {
      const { store, credentials, bucket, bucketUrl } = platform;
      const env = {
        ...process.env,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
      };
      for (const [name, split] of [
        ['bal_train', 'train'],
        ['eval', 'eval'],
      ] as const) {
        const target = `s3://${bucket}/incoming/audioset/${split}/`;
        const args = ['--endpoint-url', bucketUrl, 's3', 'sync', path.join(folder, 'files', name), target];
        await run('aws', [...args, '--only-show-errors'], { env });
      }
      await platform.idle();
      const { key } = await buildSnapshot(store, 'audioset', await settledSources(store, 'audioset', 60_000));
      expect(key).toBe(snapshotKey('audioset', summary.snapshot));
    });
  });

  it('trains the multi-attention model with a falling loss', async () => {
    await onPlatform(state, async ({ store }) => {
      const snapshot = await readSnapshot(store, snapshotKey('audioset', summary.snapshot));
      const train = await readSplit(store, snapshot, 'train');
      const evaluate = await readSplit(store, snapshot, 'eval');
      const request = trainingSettingsSchema.parse({
        recipe: 'multi-attention',
        steps: 150,
        evaluateEverySteps: 150,
      });
      const { spec, settings } = resolveTraining(request, {
        clips: train.clips,
        clipsPerClass: 100,
        labels: 527,
        ...snapshot.shape,
      });
      const losses: number[] = [];
      const result = await trainClassifier({
        engine: await openEngine('auto'),
        spec,
        settings,
        train,
        evaluate,
        onProgress: ({ loss }) => losses.push(loss),
      });
      const mean = (part: readonly number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
      const [first, last] = [mean(losses.slice(0, 20)), mean(losses.slice(-20))];
      expect(result.outcome).toBe('finished');
      console.log(`multi-attention: mean loss of the first 20 steps ${first}, of the last 20 ${last}`);
      expect(last).toBeLessThan(0.85 * first);
    });
  });
});

/** Starts the whole platform on a state folder for the time of `work`. */
async function onPlatform(stateFolder: string, work: (platform: Platform) => Promise<void>): Promise<void> {
  const { stdout } = await run('node_modules/.bin/serverless', ['print', '--format', 'json'], {
    cwd: projectRoot,
  });
  const platform = await startPlatform({
    service: serviceOf(JSON.parse(stdout)),
    root: projectRoot,
    stateFolder,
    port: 0,
    environment: { EARSHOT_MODEL: 'audioset' },
    onDeadLetter: (letter) => {
      throw new Error(`dead letter: ${JSON.stringify(letter)}`);
    },
    onJobExit: () => {},
  });
  try {
    await work(platform);
  } finally {
    await platform.close();
  }
}

/** Scores of every clip through one protocol, `[clips, 527]`. */
async function askForAll(
  url: string,
  table: ClipTable,
  client: ProtocolClient,
  { model, width, maxFrames }: { model: string; width: number; maxFrames: number },
): Promise<Float32Array> {
  const clipsPerRequest = 50;
  const shape = {
    ...{ model, width, maxFrames },
    labels: audiosetLabels.map(({ mid }) => mid),
    names: audiosetLabels.map(({ displayName }) => displayName),
  };
  const scores = new Float32Array(table.clips * 527).fill(Number.NaN);
  for (let first = 0; first < table.clips; first += clipsPerRequest) {
    const rows = Array.from({ length: Math.min(clipsPerRequest, table.clips - first) }, (_, i) => first + i);
    const clips = rows.map((row) => {
      const { id, frames } = clipOfRow(table, row);
      return { id, frames: frames as Uint8Array };
    });
    const { path: route, query = '', type, body } = client.request(clips, shape);
    const response = await fetch(`${url}${route}?${query}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    const answer = await response.json();
    expect(response.status, JSON.stringify(answer).slice(0, 500)).toBe(200);
    const answered = client.scores(answer, shape);
    expect(answered).toHaveLength(rows.length);
    for (const [i, row] of answered.entries()) scores.set(row, (first + i) * 527);
  }
  return scores;
}

/** Clip id → labels, ascending. */
function labelSets(table: ClipTable): Record<string, number[]> {
  return Object.fromEntries(
    table.ids.map((id, row) => [id, [...clipOfRow(table, row).labels].sort((a, b) => a - b)]),
  );
}
