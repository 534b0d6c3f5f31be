import { mkdirSync } from 'node:fs';
import { audiosetLabels } from '../shared/dataset/label-list.ts';
import { openEngine } from '../shared/engine/open-engine.ts';
import { audiosetClips, choiceClips } from './audioset-clips.ts';
import type { BenchResult } from './bench.ts';
import { compareHeads } from './heads-compare.ts';
import { entriesOf } from './heads-entries.ts';
import { readRecord, runEntry } from './heads-run.ts';

/**
 * `heads FOLDER [--choose] [ENTRY…]`: trains each entry (all when none is named; `NAME={…}` with training settings of
 * one's own) on AudioSet's balanced set and measures it on the public half of eval. Records and scores go to the
 * folder; what has a record is not trained again, and what was killed goes on. The end is a comparison of all there is.
 *
 * With `--choose`, eval is not opened: a fifth of the training clips stands for it. Use another folder for that.
 */
export async function benchHeads(options: readonly string[]): Promise<BenchResult> {
  const isChoice = options.includes('--choose');
  const [folder, ...wanted] = options.filter((option) => option !== '--choose');
  if (folder === undefined) throw new Error('a folder for the records is needed: heads FOLDER [ENTRY…]');
  const asked = entriesOf(wanted);
  mkdirSync(folder, { recursive: true });
  const data = await (isChoice ? choiceClips() : audiosetClips());
  const labels = audiosetLabels.length;
  if ([...asked.keys()].some((name) => readRecord(folder, name) === null)) {
    const engine = await openEngine('native');
    for (const [name, settings] of asked) {
      const { eval: figures, seconds } = await runEntry(folder, name, settings, engine, data, labels);
      console.error(name, JSON.stringify({ ...figures, ...seconds }));
    }
  }
  return { bench: 'heads', ...(await compareHeads(folder, data, labels)) };
}
