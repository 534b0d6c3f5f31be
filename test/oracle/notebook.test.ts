import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticSize } from '../../infra/local/drop-data.ts';
import type { Platform } from '../../infra/local/platform.ts';
import { createReporter } from '../../infra/local/reporter.ts';
import { generateSyntheticSet } from '../../infra/local/synthetic/generate-synthetic-set.ts';
import {
  executeNotebook,
  platformOn,
  platformWithModel,
  type SyntheticPlatform,
} from '../../notebooks/execute-on-platform.ts';
import { topClips } from '../../shared/search/top-clips.ts';
import { lastJsonLine, projectRoot, runServerless } from '../e2e/run-serverless.ts';
import { type Notebook, outputsOf } from '../fixtures/notebook.ts';
import { oraclePython } from './oracle-python.ts';

const found = 20;

interface Answer {
  readonly clips: readonly { id: string; probability: number; labels: { index: number }[] }[];
}

describe('on the local platform with the synthetic set', () => {
  let folder: string;
  let synthetic: SyntheticPlatform;
  let platform: Platform;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'earshot-notebook-'));
    synthetic = await platformWithModel(projectRoot, folder, createReporter(process.stderr));
    ({ platform } = synthetic);
  });
  afterAll(async () => {
    await platform?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('a search finds clips that have the label about as often as the teacher who labelled them could', async () => {
    const { eval: clips, labels, evalPosteriors } = generateSyntheticSet(syntheticSize);
    const truth = new Map(clips.map(({ id, labels: own }) => [id, own]));
    const best = topClips(evalPosteriors, labels.length, found);
    let hits = 0;
    let hitsOfTeacher = 0;
    for (const { index, displayName, mid } of labels) {
      const query = new URLSearchParams({ label: displayName, top_k: `${found}` });
      const response = await fetch(`${platform.url}/search?${query}`);
      const answer = (await response.json()) as Answer;
      expect(answer, displayName).toMatchObject({ label: { index, id: mid }, evaluated: 1000 });
      expect(answer.clips).toHaveLength(found);
      for (const clip of answer.clips) {
        expect(clip.labels.map((label) => label.index)).toEqual(truth.get(clip.id));
        if (truth.get(clip.id)!.includes(index)) hits++;
      }
      const rows = best.rows.subarray(index * found, (index + 1) * found);
      for (const row of rows) if (clips[row]!.labels.includes(index)) hitsOfTeacher++;
    }
    const of = found * labels.length;
    console.log(
      `of ${of} found clips ${hits} have the label; the teacher's own ranking has ${hitsOfTeacher}`,
    );
    expect(hitsOfTeacher).toBeGreaterThan(0.5 * of);
    expect(hits).toBeGreaterThan(0.85 * hitsOfTeacher);
  });

  it('the command finds what the function finds', async () => {
    const words = ['search', 'speech', '--top', '3', '--json', '--persist-to', folder];
    const ended = await runServerless(words);
    expect(ended.code, ended.stderr).toBe(0);
    const response = await fetch(`${platform.url}/search?label=Speech&top_k=3`);
    expect(lastJsonLine(ended)).toEqual(await response.json());
    const misspelt = await runServerless(['search', 'Speach', '--persist-to', folder]);
    expect(misspelt.code).toBe(2);
    expect(misspelt.stderr).toContain('did you mean "Speech"');
  });

  describe.skipIf(oraclePython === undefined)('the notebook', () => {
    it('runs headless, and scikit-learn comes to the figures of the model card', async () => {
      // With keys, as it is deployed.
      await platform.close();
      platform = await platformOn(projectRoot, folder, { EARSHOT_API_KEYS: 'first,second' });
      const target = path.join(folder, 'executed.ipynb');
      expect((await fetch(`${platform.url}/search?label=Speech`)).status).toBe(401);
      await executeNotebook(platform, oraclePython!, projectRoot, target, 'second');
      const executed = JSON.parse(await readFile(target, 'utf8')) as Notebook;
      const { texts, images } = outputsOf(executed);
      const all = texts.join('\n');
      const { summary } = synthetic.result;
      for (const name of ['mAP', 'AUC', 'dPrime'] as const) {
        const [, recomputed, onCard, difference] = new RegExp(
          `\\| ${name} \\| ([\\d.]+) \\| ([\\d.]+) \\| (\\S+) \\|`,
        ).exec(all)!;
        expect(onCard, name).toBe(summary[name].toFixed(4));
        expect(Math.abs(Number(difference)), name).toBeLessThan(1e-4);
        expect(Math.abs(Number(recomputed) - summary[name]), name).toBeLessThan(1.5e-4);
      }
      expect(all).toContain(`${summary.clips.eval} clips, ${summary.labelled.eval} labels`);
      expect(all).toMatch(/answered in \d+ ms/);
      expect(all).toMatch(/\d+ of 10 are labelled so/);
      expect(all).toMatch(/https:\/\/www\.youtube\.com\/watch\?v=[\w-]{11}&t=\d+/);
      expect(images.length).toBeGreaterThan(0);
    });
  });
});
