import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { RunningServer } from '../contract/s3/s3-conformance.ts';
import { drawHistory } from '../fixtures/histories/draw-history.ts';
import { tryHistory, tryOn } from '../fixtures/histories/history-trial.ts';
import {
  bundlePlatform,
  KillablePlatform,
  pipelineSubscriptions,
} from '../fixtures/histories/killable-platform.ts';
import { type BundledProgram, portThatNoClientTakes } from '../fixtures/killable-process.ts';
import {
  plainClient,
  settingsFor,
  startTemporaryStore,
  type TemporaryStore,
} from '../fixtures/object-store/temporary-store.ts';
import { tellOfChanges } from './rgw/rgw-events.ts';
import { hasRgw, startRgw } from './rgw/rgw-server.ts';

const first = Number(process.env['EARSHOT_SEED'] ?? 1);
const count = Number(process.env['EARSHOT_HISTORIES'] ?? 8);
const seeds = Array.from({ length: count }, (_, i) => first + i);

describe.skipIf(!hasRgw)('on Ceph RGW, told by its own notifications, a random history', () => {
  let rgw: RunningServer;
  let calm: TemporaryStore;
  let program: BundledProgram;
  beforeAll(async () => {
    rgw = await startRgw();
    calm = await startTemporaryStore();
    program = await bundlePlatform();
  });
  afterAll(async () => {
    await program?.remove();
    await calm?.remove();
    await rgw?.close();
  });

  it.each(seeds)('ends in the snapshot of the model and of the embedded store: seed %d', async (seed) => {
    const onOurs = await tryHistory(seed, program.file, calm);
    const onRgw = await tryOnRgw(seed);
    expect(onRgw.snapshot).toBe(onOurs.snapshot);
    console.log(`history ${seed} on RGW: ${JSON.stringify(onRgw)}`);
  });

  async function tryOnRgw(seed: number) {
    const history = drawHistory(seed);
    const bucket = `history-${seed}`;
    const CreateBucketConfiguration = { LocationConstraint: rgw.location };
    await plainClient(rgw.url).createBucket({ Bucket: bucket, CreateBucketConfiguration }).promise();
    const receiverPort = await portThatNoClientTakes();
    await tellOfChanges(rgw.url, bucket, receiverPort);
    const folder = await mkdtemp(join(tmpdir(), 'earshot-history-'));
    const platform = new KillablePlatform(program.file, {
      store: { kind: 'remote', url: rgw.url, receiverPort },
      folder,
      bucket,
      subscriptions: pipelineSubscriptions,
      faults: history.faults,
      seed,
    });
    try {
      const store = openCosObjectStore({ ...settingsFor(rgw.url), bucket });
      return await tryOn(history, store, platform, calm);
    } finally {
      await platform.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
});
