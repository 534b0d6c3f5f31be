import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clip } from '../../../shared/dataset/clip-table.ts';
import { formatLabelList } from '../../../shared/dataset/label-list.ts';
import { encodeTfRecordFile } from '../../../shared/tfrecord/writer.ts';
import { clipToSequenceExample } from '../../../shared/validation/clip-to-sequence-example.ts';
import { lastIdCharacters } from './clip-identity.ts';
import type { SyntheticSet } from './generate-synthetic-set.ts';

/** Every fourth file is written as GZIP. */
const gzipEvery = 4;

/**
 * Writes `bal_train/*.tfrecord[.gz]`, `eval/*.tfrecord[.gz]` and `labels.csv` into `folder`, which is made
 * if absent; files of the same names are replaced. AudioSet has a file for each pair of first characters
 * of the id; for a few thousand clips that would be as many files, so here it is a file for each of the 16
 * last characters, which also stay apart where file names ignore case.
 * @throws the file system's error when the folder cannot be written
 */
export async function writeSyntheticSet(folder: string, set: SyntheticSet): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'labels.csv'), formatLabelList(set.labels));
  await writeSplit(path.join(folder, 'bal_train'), set.train);
  await writeSplit(path.join(folder, 'eval'), set.eval);
}

async function writeSplit(folder: string, clips: readonly Clip[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [place, character] of [...lastIdCharacters].entries()) {
    const inFile = clips.filter((clip) => clip.id.endsWith(character));
    if (inFile.length === 0) continue;
    const isGzip = place % gzipEvery === 0;
    const payloads = inFile.map(clipToSequenceExample);
    const bytes = encodeTfRecordFile(payloads, { compression: isGzip ? 'gzip' : 'none' });
    await writeFile(path.join(folder, `${character.toLowerCase()}.tfrecord${isGzip ? '.gz' : ''}`), bytes);
  }
}
