import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosEventParams, cronEventParams } from '../../infra/local/events/event-params.ts';
import type { ObjectNotice } from '../../infra/local/object-store/start-object-store.ts';
import { incomingKey, receiptKey, runKeys } from '../../shared/dataset/keys.ts';
import { runReportSchema } from '../../shared/runs/documents.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { writeJson } from '../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { RunningServer } from '../contract/s3/s3-conformance.ts';
import { jsonAt } from '../fixtures/object-store/contents.ts';
import { plainClient, settingsFor } from '../fixtures/object-store/temporary-store.ts';
import { dropTones, fileOfTones, tinyTraining } from '../fixtures/tone-dataset.ts';
import { realAudioSet } from './briefing.ts';
import { missingBuilders } from './container/builder.ts';
import { pulledTrainingImage } from './container/training-image.ts';
import { planted, post, startEventsApp, wireTogether } from './deployed/deployed-parts.ts';
import { type Deployment, deployToRegistry, missingRegistryPrograms } from './deployed/deployment.ts';
import { hasRgw, startRgw } from './rgw/rgw-server.ts';

const bucket = 'earshot-deployed';
if (missingRegistryPrograms !== null)
  console.warn(`What is deployed is skipped: it needs ${missingRegistryPrograms}`);
if (missingBuilders !== null) console.warn(`The whole as deployed is skipped: it needs ${missingBuilders}`);
if (!hasRgw) console.warn('The events app beside Ceph RGW is skipped: there is no radosgw');

describe.skipIf(missingRegistryPrograms !== null)(
  'what serverless deploy pushes, pulled back with skopeo',
  () => {
    let deployment: Deployment;
    beforeAll(async () => {
      deployment = await deployToRegistry(bucket, 'tones');
    });
    afterAll(() => deployment?.remove());

    it('is what was pushed, byte for byte, and starts as an app of Code Engine has to', () => {
      const { eventsApp, infer, state } = deployment;
      expect(state.apps[0]!.image_reference).toContain(eventsApp.digest);
      expect(state.functions[0]!.code_reference).toContain(infer.digest);
      expect(eventsApp.config).toMatchObject({
        Entrypoint: ['node', 'start.cjs'],
        User: '1000:1000',
        ExposedPorts: { '8080/tcp': {} },
      });
    });

    it.skipIf(missingBuilders !== null)(
      'is the whole pipeline: from a dropped file to a prediction over HTTP',
      async () => {
        const parts = await wireTogether(deployment, await pulledTrainingImage());
        try {
          const { app, dispatcher, letters, jobs, predictUrl } = parts;
          const store = openCosObjectStore({ ...settingsFor(parts.bucketUrl), bucket });
          await dropTones(store);
          await dispatcher.idle();
          const request = { dataset: 'tones', model: 'tones', training: tinyTraining };
          await writeJson(store, runKeys('first').request, request);
          await dispatcher.idle();
          await jobs.idle();
          expect(jobs.ended, JSON.stringify(jobs.ended)).toMatchObject([{ code: 0 }]);
          const report = runReportSchema.parse(await jsonAt(store, runKeys('first').report));
          expect(report).toMatchObject({
            model: 'tones',
            version: '1',
            engine: 'native',
            clips: { eval: 100 },
          });

          const response = await fetch(predictUrl, {
            method: 'POST',
            headers: {
              'content-type': 'application/octet-stream',
              authorization: `Bearer ${planted.callers}`,
            },
            body: fileOfTones(5),
          });
          const text = await response.text();
          expect(response.status, text).toBe(200);
          const { model, version, clips } = JSON.parse(text);
          expect({ model, version, clips: clips.length }).toEqual({ model: 'tones', version: '1', clips: 5 });
          expect(clips[0].predictions[0]).toMatchObject({ label: expect.stringMatching(/^Tone \d$/) });

          const tick = cronEventParams('sweep', new Date());
          expect((await post(`${app.url}/events/sweep`, tick)).statusCode).toBe(200);
          expect((await post(`${app.url}/events/sweep`, tick, null)).statusCode).toBe(403);
          expect(letters).toEqual([]);
          app.child.kill('SIGTERM');
          expect(await app.ended).toBe(0);
          const told = [...app.lines, ...jobs.ended.map(({ output }) => output)].join('\n');
          for (const secret of Object.values(planted)) expect(told).not.toContain(secret);
          const events = app.lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'event');
          console.log(`deployed pipeline: ${events.length} events, mAP ${report.metrics.mAP.toFixed(3)}`);
        } finally {
          await parts.close();
        }
      },
    );

    describe.skipIf(!hasRgw || realAudioSet === null)(
      'the process of its events app, beside Ceph RGW',
      () => {
        let rgw: RunningServer;
        let store: ObjectStore;
        beforeAll(async () => {
          rgw = await startRgw();
          const CreateBucketConfiguration = { LocationConstraint: rgw.location };
          await plainClient(rgw.url).createBucket({ Bucket: bucket, CreateBucketConfiguration }).promise();
          store = openCosObjectStore({ ...settingsFor(rgw.url), bucket });
        });
        afterAll(() => rgw?.close());

        it('validates a real TFRecord when a documented event tells of it', async () => {
          const bytes = firstFile(realAudioSet!.train);
          const key = incomingKey('audioset', 'train', 'real.tfrecord');
          await store.put(key, bytes);
          const app = await startEventsApp(deployment, { COS_ENDPOINT: rgw.url });
          try {
            const params = cosEventParams(
              noticeOf(key, bytes.length),
              '3fb2c04e-a660-4640-8899-b82efb8169b6',
            );
            expect((await post(`${app.url}/events/validate`, params, null)).statusCode).toBe(403);
            const { statusCode, body } = await post(`${app.url}/events/validate`, params);
            expect(body).toMatchObject({ outcome: 'validated', quarantined: 0, anomalies: {} });
            expect(statusCode).toBe(200);
            const receipt = await jsonAt<{ clips: number }>(store, receiptKey(key));
            expect(receipt.clips).toBe(recordsIn(bytes));
            expect((body as { clips: number }).clips).toBe(receipt.clips);
          } finally {
            app.child.kill('SIGKILL');
          }
        });
      },
    );
  },
);

/** The first TFRecord of an archive. */
function firstFile(archive: string): Uint8Array {
  const args = ['--extract', '--xz', '--file', archive, '--to-stdout'];
  return execFileSync('tar', [...args, '--occurrence=1', '--wildcards', '*.tfrecord']);
}

/** Counted by the lengths alone: 8 bytes of length, 4 of its checksum, the data, 4 of the data's. */
function recordsIn(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let records = 0;
  for (let at = 0; at < bytes.length; records++) at += 16 + Number(view.getBigUint64(at, true));
  return records;
}

const noticeOf = (key: string, size: number): ObjectNotice => ({
  bucket,
  key,
  operation: 'write',
  etag: '2944035e54ee1bdc423848c8eaf05e86',
  size,
  contentType: 'application/octet-stream',
  requestId: '6abc7123-382d-4115-98e8-7568b2cc03f8',
  time: new Date('2021-04-13T19:43:36.610Z'),
});
