import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EventFaults, seededFaults } from '../../../../infra/local/events/event-faults.ts';
import { type Platform, startPlatform } from '../../../../infra/local/platform.ts';
import { type Service, serviceOf } from '../../../../infra/service/service.ts';
import { clipOfRow } from '../../../../shared/dataset/clip-rows.ts';
import { datasetConfigKey, incomingKey, runKeys, snapshotPrefix } from '../../../../shared/dataset/keys.ts';
import { writeJson } from '../../../../shared/storage/json-objects.ts';
import type { ObjectStore } from '../../../../shared/storage/object-store.ts';
import { projectRoot, runServerless } from '../../../e2e/run-serverless.ts';
import { drop, fileOfClips } from '../../../fixtures/uploads.ts';
import { toneClips } from '../../../shared/training/tone-clips.ts';

let folder: string;
let service: Service;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'earshot-chaos-'));
  const printed = await runServerless(['print', '--format', 'json']);
  service = serviceOf(JSON.parse(printed.stdout));
});
afterAll(() => rm(folder, { recursive: true }));

/** Twelve files, of which one is overwritten and one deleted. */
async function upload(store: ObjectStore): Promise<void> {
  const file = (seed: number) => {
    const table = toneClips({ clips: 20, seed });
    const clips = Array.from({ length: table.clips }, (_, row) => clipOfRow(table, row));
    return fileOfClips(clips.map((clip) => ({ ...clip, id: `${seed}-${clip.id}` })));
  };
  await writeJson(store, datasetConfigKey('tones'), { width: 8, maxFrames: 3 });
  const names = Array.from({ length: 12 }, (_, i) => `${i}.tfrecord`);
  await Promise.all(
    names.map((name, i) => drop(store, 'tones', i % 3 === 0 ? 'eval' : 'train', name, file(i))),
  );
  await drop(store, 'tones', 'train', '1.tfrecord', file(100));
  await store.delete(incomingKey('tones', 'train', '2.tfrecord'));
}

function start(name: string, faults?: EventFaults): Promise<Platform> {
  return startPlatform({
    service,
    root: projectRoot,
    stateFolder: path.join(folder, name),
    port: 0,
    environment: {},
    onDeadLetter: (letter) => {
      throw new Error(JSON.stringify(letter));
    },
    onJobExit: () => {},
    chaos: faults === undefined ? undefined : { faults, cron: '* * * * * *' },
  });
}

async function keysBelow(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

/** The key of the snapshot that the run of a platform takes. */
async function snapshotOf(name: string, faults?: EventFaults) {
  const platform = await start(name, faults);
  try {
    const { store } = platform;
    await upload(store);
    await writeJson(store, runKeys('r').request, { dataset: 'tones' });
    const snapshots = () => keysBelow(store, snapshotPrefix('tones'));
    await expect.poll(snapshots, { timeout: 100_000, interval: 100 }).toHaveLength(1);
    return { key: (await snapshots())[0]!, faults: platform.faultCounts() };
  } finally {
    await platform.close();
  }
}

it('events that are lost, doubled, late and out of order make no other snapshot', async () => {
  const calm = await snapshotOf('calm');
  const chaos = await snapshotOf(
    'chaos',
    seededFaults(3, { lost: 0.3, twice: 0.3, late: 0.3, longestMs: 800 }),
  );
  expect(calm.faults).toEqual({ lost: 0, twice: 0, late: 0 });
  for (const count of Object.values(chaos.faults)) expect(count).toBeGreaterThan(2);
  expect(chaos.key).toBe(calm.key);
}, 240_000);

it('what a platform was at when it closed is done when it starts again', async () => {
  const first = await start('closed');
  await upload(first.store);
  expect(first.underway()).toBeGreaterThan(0);
  await first.close();
  const second = await start('closed');
  try {
    await second.idle();
    expect(await keysBelow(second.store, 'manifest/tones/')).toHaveLength(11);
  } finally {
    await second.close();
  }
}, 120_000);
