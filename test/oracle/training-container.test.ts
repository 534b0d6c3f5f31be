import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosEnvironment } from '../../infra/local/local-bucket.ts';
import { modelKeys, runKeys } from '../../shared/dataset/keys.ts';
import { runReportSchema, runStatusSchema } from '../../shared/runs/documents.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { jsonAt } from '../fixtures/object-store/contents.ts';
import {
  accessKeyId,
  secretAccessKey,
  startTemporaryStore,
  type TemporaryStore,
} from '../fixtures/object-store/temporary-store.ts';
import { ingestTones, startTones } from '../fixtures/tone-dataset.ts';
import { missingBuilders } from './container/builder.ts';
import { type TrainingImage, trainingImage } from './container/training-image.ts';

if (missingBuilders !== null) console.warn(`The training container is skipped: it needs ${missingBuilders}`);

describe.skipIf(missingBuilders !== null)(
  'the training container that buildah builds on a local base',
  () => {
    let image: TrainingImage;
    let temporary: TemporaryStore;
    let store: ObjectStore;
    let bucketEnv: Record<string, string>;
    beforeAll(async () => {
      const started = performance.now();
      image = await trainingImage();
      console.log(`training container: built in ${((performance.now() - started) / 1000).toFixed(0)} s`);
      temporary = await startTemporaryStore();
      store = openCosObjectStore(temporary.settings);
      bucketEnv = cosEnvironment(temporary.settings, { accessKeyId, secretAccessKey });
      await ingestTones(store);
    });
    afterAll(() => temporary?.remove());

    it('is run by a user who is not root, and holds what the job loads and no more', async () => {
      expect(image.config).toMatchObject({ User: 'node', WorkingDir: '/job', Cmd: ['node', 'start.cjs'] });
      const told = `
      const { execSync } = require('node:child_process');
      const sizeOf = (folder) => Number(execSync('du -sk ' + folder).toString().split('\\t')[0]);
      const has = (program) => { try { return execSync('command -v ' + program).length > 0; } catch { return false; } };
      console.log(JSON.stringify({
        node: process.version,
        user: process.getuid(),
        tools: ['g++', 'make', 'python3', 'pip3'].filter(has),
        libraries: sizeOf('/job/node_modules/@tensorflow/tfjs-node/deps'),
        job: sizeOf('/job'),
      }));`;
      const { code, output } = await image.run({}, ['node', '-e', told]);
      expect(code, output).toBe(0);
      const facts = JSON.parse(output);
      console.log(`training container: ${output.trim()} (kB)`);
      expect(facts).toMatchObject({ node: expect.stringMatching(/^v22\./), user: 1000, tools: [] });
      expect(facts.job - facts.libraries).toBeLessThan(40_000);
    });

    it('trains on native TensorFlow and publishes the model', async () => {
      await startTones(store, 'in-container', { steps: 3, checkpointEverySteps: 2 }, 'contained');
      const env = { ...bucketEnv, EARSHOT_RUN: 'in-container', EARSHOT_ENGINE: 'native' };
      const { code, output } = await image.run(env);
      expect(code, output).toBe(0);
      const report = runReportSchema.parse(await jsonAt(store, runKeys('in-container').report));
      expect(report).toMatchObject({ engine: 'native', steps: 3, model: 'contained' });
      expect(await store.head(modelKeys('contained').aliases)).not.toBeNull();
      expect(output).not.toContain(secretAccessKey);
    });

    it('says what is wrong with its settings, and ends with a code', async () => {
      const { code, output } = await image.run({ ...bucketEnv, EARSHOT_RUN: '' });
      expect(code).not.toBe(0);
      expect(output).toContain('"code":"SETTING_INVALID"');
      await startTones(store, 'wasm', { steps: 3, checkpointEverySteps: 2 }, 'portable');
      const portable = await image.run({ ...bucketEnv, EARSHOT_RUN: 'wasm', EARSHOT_ENGINE: 'wasm' });
      expect(portable.code, portable.output).toBe(0);
      expect(runStatusSchema.parse(await jsonAt(store, runKeys('wasm').status))).toMatchObject({
        phase: 'completed',
        engine: expect.stringMatching(/^wasm/),
      });
    });
  },
);
