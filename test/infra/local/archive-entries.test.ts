import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { archiveEntries } from '../../../infra/local/archive-entries.ts';
import { MemoryBudget } from '../../../infra/local/memory-budget.ts';
import { tarArchive } from '../../../infra/serverless-code-engine/images/tar-archive.ts';
import { xzStream } from '../../fixtures/xz-stream.ts';

it('an xz archive may be left before its end: nothing fails afterwards', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'earshot-archive-'));
  const failures: unknown[] = [];
  const note = (error: unknown) => failures.push(error);
  process.on('uncaughtException', note);
  try {
    const file = path.join(folder, 'a.tar.xz');
    const bytes = new Uint8Array(10_000);
    const files = Array.from({ length: 900 }, (_, i) => ({ path: `${i}.tfrecord`, bytes }));
    await writeFile(file, xzStream(tarArchive(files)));
    for await (const entry of archiveEntries(file, () => true, new MemoryBudget(1e6))) {
      expect(entry).toMatchObject({ path: '0.tfrecord', size: 10_000 });
      break;
    }
    await pause(100);
    expect(failures).toEqual([]);
  } finally {
    process.off('uncaughtException', note);
    await rm(folder, { recursive: true });
  }
});
