import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vggishKey } from '../../shared/dataset/keys.ts';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { publishedSizes } from '../../shared/vggish/layout.ts';
import { startTemporaryStore, type TemporaryStore } from '../fixtures/object-store/temporary-store.ts';
import { publish, smallHead } from '../fixtures/published-model.ts';
import { randomVggish, safetensorsOf } from '../fixtures/vggish.ts';
import { wavOf } from '../fixtures/wav.ts';
import { type RunningInfer, startInfer } from '../functions/infer/running-infer.ts';
import { chromiumProgram, openPage, startBrowser } from './page/browser.ts';
import { axeFindings, barsBelow, dropFile, heatRows } from './page/reading.ts';

interface Labelled {
  readonly predictions: readonly { readonly label_id: string; readonly probability: number }[];
}

/** 4 patches: 4 x 0.96 s and a little. */
const wav = wavOf(Float32Array.from({ length: 62_000 }, (_, i) => Math.sin(i * i * 1e-6)));

const reason = chromiumProgram === null ? ' (skipped: no chromium on this machine)' : '';
describe.skipIf(chromiumProgram === null)(`a WAV file on the page in Chromium${reason}`, () => {
  let local: TemporaryStore;
  let store: ObjectStore;
  let infer: RunningInfer;
  let browser: Browser;

  beforeAll(async () => {
    local = await startTemporaryStore();
    store = openCosObjectStore(local.settings);
    await publish(store, 'small', '1', smallHead('average-pooling'));
    infer = await startInfer(local);
    browser = await startBrowser(chromiumProgram!);
  });
  afterAll(async () => {
    await browser?.close();
    await infer?.stop();
    await local?.remove();
  });

  it('without VGGish is answered in words, with what to put where; with it by bars and times', async () => {
    const { page, context } = await openPage(browser, infer.url);
    await page.getByLabel('Drop a file anywhere here').waitFor();
    await dropFile(page, 'sound.wav', wav);
    const alert = page.locator('.problem').filter({ hasText: 'AUDIO_NOT_SERVED' });
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/This deployment takes embeddings, but no audio\. sound\.wav/);
    expect(await alert.innerText()).toContain('vggish/vggish.safetensors');
    expect(await axeFindings(page)).toEqual([]);

    await store.put(vggishKey, safetensorsOf(randomVggish(publishedSizes), 'F16'));
    await dropFile(page, 'sound.wav', wav);
    await page.waitForSelector('.heat');
    const response = await fetch(`${infer.url}/predict?return_frames=true&top_k=5`, {
      method: 'POST',
      headers: { 'content-type': 'audio/wav' },
      body: wav,
    });
    const [clip] = ((await response.json()) as { clips: (Labelled & { frames: Labelled[] })[] }).clips;
    expect(await barsBelow(page, 'heard')).toEqual(
      clip!.predictions.map(({ label_id: id, probability }) => ({
        id,
        value: `${(100 * probability).toFixed(1)} %`,
      })),
    );
    const rows = clip!.predictions.map(({ label_id }) =>
      clip!.frames.map(({ predictions }) =>
        Math.round(100 * predictions.find((one) => one.label_id === label_id)!.probability),
      ),
    );
    expect(await heatRows(page)).toEqual(rows);
    expect(await page.locator('.heat thead th').allInnerTexts()).toEqual([
      'Second',
      '0',
      '0.96',
      '1.92',
      '2.88',
    ]);
    expect(await page.getByRole('heading', { name: 'Every 0.96 seconds' }).count()).toBe(1);
    expect(await axeFindings(page)).toEqual([]);
    await context.close();
  });
});
