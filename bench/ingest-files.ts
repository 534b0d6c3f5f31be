import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateSyntheticSet } from '../infra/local/synthetic/generate-synthetic-set.ts';
import { writeSyntheticSet } from '../infra/local/synthetic/write-synthetic-set.ts';

export interface IngestFiles {
  readonly source: string;
  /** Temporary, in memory where the system has such a folder; to be removed by the caller. */
  readonly folder: string;
  readonly paths: readonly string[];
  readonly contents: readonly Uint8Array[];
}

/** The real training files where the briefing is there, else the synthetic ones. */
export async function ingestFiles(): Promise<IngestFiles> {
  const folder = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'earshot-bench-'));
  const archive = path.resolve('../shared/data/audioset/bal_train.tar.xz');
  const real = existsSync(archive);
  if (real) execFileSync('tar', ['-xf', archive, '-C', folder]);
  else await writeSyntheticSet(folder, generateSyntheticSet({ seed: 1, trainClips: 20_000, evalClips: 24 }));
  const records = path.join(folder, 'bal_train');
  const paths = readdirSync(records)
    .filter((name) => name.endsWith('.tfrecord'))
    .sort()
    .map((name) => path.join(records, name));
  const source = real ? 'AudioSet bal_train' : 'synthetic';
  return { source, folder, paths, contents: paths.map((file) => readFileSync(file)) };
}
