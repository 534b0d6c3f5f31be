import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import {
  bundlePlatform,
  KillablePlatform,
  pipelineSubscriptions,
} from '../fixtures/histories/killable-platform.ts';
import { portThatNoClientTakes } from '../fixtures/killable-process.ts';
import { bucket, settingsFor } from '../fixtures/object-store/temporary-store.ts';

it('the platform of the histories comes up again when it is killed while it starts', async () => {
  const program = await bundlePlatform();
  const folder = await mkdtemp(join(tmpdir(), 'earshot-killable-'));
  const port = await portThatNoClientTakes();
  const platform = new KillablePlatform(program.file, {
    store: { kind: 'embedded', port },
    folder,
    bucket,
    subscriptions: pipelineSubscriptions,
    faults: { lost: 0, twice: 0, late: 0 },
    seed: 1,
  });
  try {
    const up = platform.start();
    await platform.kill();
    await up;
    expect(platform.deaths).toBe(1);
    const store = openCosObjectStore(settingsFor(`http://127.0.0.1:${port}`));
    expect(await store.head('absent')).toBeNull();
  } finally {
    await platform.close();
    await rm(folder, { recursive: true, force: true });
    await program.remove();
  }
});
