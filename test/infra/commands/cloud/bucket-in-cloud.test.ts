import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTrain, runUpload } from '../../../../infra/commands/bucket-commands.ts';
import { openCosObjectStore } from '../../../../shared/storage/cos-object-store.ts';
import { commandContext } from '../../../fixtures/deployment/command-context.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';
import { keysBelow } from '../../../fixtures/object-store/contents.ts';
import {
  accessKeyId,
  bucket,
  secretAccessKey,
  startTemporaryStore,
  type TemporaryStore,
} from '../../../fixtures/object-store/temporary-store.ts';
import { clipNamed, fileOfClips } from '../../../fixtures/uploads.ts';

let folder: string;
let cloud: TemporaryStore;
beforeAll(async () => {
  cloud = await startTemporaryStore();
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-clips-'));
  await writeFile(path.join(folder, 'a.tfrecord'), fileOfClips([clipNamed('a')]));
});
afterAll(async () => {
  await cloud.remove();
  await rm(folder, { recursive: true });
});

/** With `--cloud`, on a deployment whose bucket is reached by keys of the environment. */
function inCloud(options: object) {
  const env = {
    IBMCLOUD_API_KEY: 'planted-key',
    COS_ENDPOINT: cloud.server.url,
    COS_BUCKET: bucket,
    COS_ACCESS_KEY_ID: accessKeyId,
    COS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  return commandContext(aService(), env, { ...options, cloud: true }).context;
}

it('upload and train --cloud work on the bucket of the deployment', async () => {
  const asked = { dataset: 'my-sounds', run: 'first', detach: true };
  await expect(runTrain(inCloud(asked))).rejects.toMatchObject({ code: 'DATASET_EMPTY' });
  await runUpload(inCloud({ path: [folder, 'my-sounds/all'] }));
  await runTrain(inCloud(asked));
  expect(await keysBelow(openCosObjectStore(cloud.settings), '')).toEqual([
    'incoming/my-sounds/all/a.tfrecord',
    'runs/first/request.json',
  ]);
});
