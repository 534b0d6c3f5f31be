import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCosObjectStore } from '../../shared/storage/cos-object-store.ts';
import { evalClips, publishEvaluated } from '../fixtures/evaluated-version.ts';
import { startTemporaryStore, type TemporaryStore } from '../fixtures/object-store/temporary-store.ts';
import { type RunningInfer, startInfer } from '../functions/infer/running-infer.ts';
import { chromiumProgram, openPage, startBrowser } from './page/browser.ts';
import { answerOfShell, axeFindings } from './page/reading.ts';

const reason = chromiumProgram === null ? ' (skipped: no chromium on this machine)' : '';
describe.skipIf(chromiumProgram === null)(`the page of a deployed function with API keys${reason}`, () => {
  let local: TemporaryStore;
  let infer: RunningInfer;
  let browser: Browser;

  beforeAll(async () => {
    local = await startTemporaryStore();
    await publishEvaluated(openCosObjectStore(local.settings), evalClips(30));
    infer = await startInfer(local, { EARSHOT_API_KEYS: 'right-key' });
    browser = await startBrowser(chromiumProgram!);
  });
  afterAll(async () => {
    await browser?.close();
    await infer?.stop();
    await local?.remove();
  });

  it('asks for a key, says when it is wrong, and keeps the right one in the tab alone', async () => {
    const { page, context } = await openPage(browser, infer.url);
    const key = page.getByLabel('API key', { exact: true });
    await key.waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('key');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.type('wrong-key');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('not one of this deployment').waitFor();
    await key.fill('right-key');
    await page.keyboard.press('Enter');
    await page.locator('.clips button').first().click();
    await page.waitForSelector('.heat');
    expect(await key.count()).toBe(0);

    const curl = await page.locator('.curl code').innerText();
    expect(curl).not.toContain('right-key');
    const environment = { EARSHOT_API_KEY: 'right-key' };
    expect(await answerOfShell(curl, '/', environment)).toMatchObject({ version: '1' });

    await page.reload();
    await page.locator('.clips button').first().waitFor();
    const kept = await page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]');
    expect(kept).toEqual([1, 0, '']);
    await context.close();
  });

  it('of the pipeline it says that it is elsewhere, and names the commands', async () => {
    const { page, context } = await openPage(browser, infer.url);
    await page.getByLabel('API key', { exact: true }).fill('right-key');
    await page.keyboard.press('Enter');
    await page.locator('.clips button').first().waitFor();
    await page.getByRole('link', { name: 'Pipeline' }).click();
    await page.getByText('This view is of the local platform').waitFor();
    expect(await page.locator('.commands').innerText()).toContain('npx serverless promote MODEL VERSION');
    expect(await axeFindings(page)).toEqual([]);
    await context.close();
  });
});
