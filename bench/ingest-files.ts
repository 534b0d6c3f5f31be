import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateSyntheticSet } from '../infra/local/synthetic/generate-synthetic-set.ts';
import { writeSyntheticSet } from '../infra/local/synthetic/write-synthetic-set.ts';

export interface IngestFiles {
  readonly source: string;
  /** Where they are: temporary, in memory where the system has such a folder. */
  readonly folder: string;
  readonly contents: readonly Uint8Array[];
  /** All of them, one behind the other, as one file. */
  readonly oneFile: string;
  readonly oneContent: Uint8Array;
  readonly clips: number;
  remove(): void;
}

/** The real training files where the briefing is there, else the synthetic ones. */
export async function ingestFiles(): Promise<IngestFiles> {
  const root = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'earshot-bench-'));
  const archive = path.resolve('../shared/data/audioset/bal_train.tar.xz');
  const real = existsSync(archive);
  if (real) execFileSync('tar', ['-xf', archive, '-C', root]);
  else await writeSyntheticSet(root, generateSyntheticSet({ seed: 1, trainClips: 20_000, evalClips: 24 }));
  const folder = path.join(root, 'bal_train');
  const names = readdirSync(folder).filter((name) => name.endsWith('.tfrecord'));
  const contents = names.sort().map((name) => readFileSync(path.join(folder, name)));
  const oneContent = Buffer.concat(contents);
  const oneFile = path.join(root, 'all.tfrecord');
  writeFileSync(oneFile, oneContent);
  return {
    source: real ? 'AudioSet bal_train' : 'synthetic',
    folder,
    contents,
    oneFile,
    oneContent,
    clips: payloadSpans(oneContent).length / 2,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Start and end of each payload, trusting the framing. */
export function payloadSpans(content: Uint8Array): number[] {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const spans: number[] = [];
  for (let at = 0; at < content.length; ) {
    const start = at + 12;
    const end = start + Number(view.getBigUint64(at, true));
    spans.push(start, end);
    at = end + 4;
  }
  return spans;
}
