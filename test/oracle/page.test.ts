import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incomingKey } from '../../shared/dataset/keys.ts';
import type { RunReport } from '../../shared/runs/documents.ts';
import { chromiumProgram, type OpenedPage, openPage, startBrowser } from './page/browser.ts';
import { type DemoPlatform, startDemoPlatform } from './page/demo-platform.ts';
import {
  answerOfShell,
  axeFindings,
  barsBelow,
  dropFile,
  heatRows,
  overflows,
  tabTo,
} from './page/reading.ts';

interface Answer {
  readonly version: string;
  readonly clips: readonly {
    readonly id: string;
    readonly predictions: readonly { readonly label_id: string; readonly probability: number }[];
    readonly frames?: Answer['clips'];
  }[];
}

const percent = (probability: number) => `${(100 * probability).toFixed(1)} %`;
const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1200, 320].map((width) => ({ colorScheme, width })),
);

// Where there is no Chromium, the name of the block says so.
const reason = chromiumProgram === null ? ' (skipped: no chromium on this machine)' : '';
describe.skipIf(chromiumProgram === null)(`the page in Chromium${reason}`, () => {
  let platform: DemoPlatform;
  let browser: Browser;
  let opened: OpenedPage;
  let first: RunReport;

  beforeAll(async () => {
    [platform, browser] = await Promise.all([startDemoPlatform(), startBrowser(chromiumProgram!)]);
    await platform.ask('first', { head: 'average-pooling', hidden: 64 });
    first = await platform.ended('first');
    opened = await openPage(browser, platform.url);
    await opened.page.waitForSelector('.clips button');
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  const bytesOf = (file: string) => readFile(path.join(platform.folder, file));
  async function predict(body: Uint8Array, query: string): Promise<Answer> {
    const headers = { 'content-type': 'application/x-tfrecord' };
    const response = await fetch(`${platform.url}predict?${query}`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }
  const shownOf = (clip: Answer['clips'][number]) =>
    clip.predictions.map(({ label_id: id, probability }) => ({ id, value: percent(probability) }));
  const named = (mid: string) => platform.set.labels.find((label) => label.mid === mid)!;

  it.each(['plain', 'compressed'])(
    'a dropped file, %s, shows what POST /predict answers, the truth beside it, and the link',
    async (kind) => {
      const { page } = opened;
      const file = platform.files.find((name) => name.endsWith('.gz') === (kind === 'compressed'))!;
      const answer = await predict(await bytesOf(file), 'top_k=10');
      await dropFile(page, file, await bytesOf(file));
      await page.getByRole('heading', { name: file }).waitFor();
      expect(await page.locator('#clip option').count()).toBe(answer.clips.length);
      for (const index of [0, answer.clips.length - 1]) {
        await page.locator('#clip').selectOption(String(index));
        await page.waitForSelector('.heat');
        const clip = answer.clips[index]!;
        expect(await barsBelow(page, 'heard')).toEqual(shownOf(clip));
        const known = platform.set.eval.find(({ id }) => id === clip.id)!;
        const truth = await barsBelow(page, 'truth');
        expect(truth.map(({ id }) => named(id).index)).toEqual(known.labels);
        expect(truth.every(({ value }) => /^\d+\.\d %$/.test(value))).toBe(true);
        const link = await page.locator('.facts a').getAttribute('href');
        expect(link).toBe(`https://www.youtube.com/watch?v=${clip.id}&t=${known.start}`);
        expect(await page.locator('.facts').innerText()).toContain(`version ${answer.version}`);
      }
    },
  );

  it('the heat map has the scores of each second that the head gives', async () => {
    const { page } = opened;
    const file = platform.files[0]!;
    await dropFile(page, file, await bytesOf(file));
    await page.getByRole('heading', { name: file }).waitFor();
    await page.waitForSelector('.heat');
    const labels = platform.set.labels.length;
    const { clips } = await predict(await bytesOf(file), `top_k=${labels}&return_frames=true`);
    const rows = await heatRows(page);
    const top = clips[0]!.predictions.slice(0, 10);
    for (const [i, { label_id: mid }] of top.entries()) {
      const seconds = clips[0]!.frames!.map(
        ({ predictions }) => predictions.find(({ label_id }) => label_id === mid)!.probability,
      );
      expect(rows[i]).toEqual(seconds.map((probability) => Math.round(100 * probability)));
    }
    expect(await page.locator('[aria-labelledby=heat-title]').innerText()).toContain(
      'as the head of the model',
    );
  });

  it('the shown curl gives the same answer, and can be copied', async () => {
    const { page } = opened;
    const file = platform.files[1]!;
    await dropFile(page, file, await bytesOf(file));
    await page.getByRole('heading', { name: file }).waitFor();
    const shown = await page.locator('.curl code').innerText();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown);
    const answer = await answerOfShell<Answer>(shown, platform.folder);
    expect(answer).toEqual(await predict(await bytesOf(file), 'top_k=10'));
  });

  it('a label that is searched gives the clips of GET /search; one of them is scored, with a curl that works', async () => {
    const { page } = opened;
    const label = named('/m/09x0r').displayName;
    await page.getByLabel('Search by label').fill(label);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText(`Where ${label} is heard most`).waitFor();
    const found = (await (await fetch(`${platform.url}search?label=${label}&top_k=20`)).json()) as {
      clips: { id: string; probability: number; link: string }[];
    };
    const shown = await page
      .locator('.clips li')
      .evaluateAll((items) =>
        items.map((item) => [
          item.querySelector('.id')?.textContent,
          item.querySelector('.share')?.textContent,
          item.querySelector('a')?.getAttribute('href'),
        ]),
      );
    expect(shown).toEqual(found.clips.map(({ id, probability, link }) => [id, percent(probability), link]));
    expect(found.clips).toHaveLength(20);
    const { id } = found.clips[2]!;
    await page.locator('.clips button').nth(2).click();
    await page.getByRole('heading', { name: id }).waitFor();
    await page.waitForSelector('.heat');
    const curl = await page.locator('.curl code').innerText();
    const { clips } = await answerOfShell<Answer>(curl, platform.folder);
    expect(await barsBelow(page, 'heard')).toEqual(shownOf(clips[0]!));
    const known = platform.set.eval.find((clip) => clip.id === id)!;
    expect((await barsBelow(page, 'truth')).map((bar) => named(bar.id).index)).toEqual(known.labels);
  });

  it('what is wrong is said in words, with its remedy: a damaged file, and a label that does not exist', async () => {
    const { page, context } = await openPage(browser, platform.url);
    await page.waitForSelector('.clips button');
    const bytes = await bytesOf(platform.files.find((name) => !name.endsWith('.gz'))!);
    bytes[40]! ^= 1;
    await dropFile(page, 'damaged.tfrecord', bytes);
    const alert = page.getByRole('alert');
    await alert.getByText('The checksum of a record does not match its bytes').waitFor();
    expect(await alert.innerText()).toContain('Write this record again');
    await page.getByLabel('Search by label').fill('Speach');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Speech', exact: true }).click();
    await page.getByText('Where Speech is heard most').waitFor();
    await context.close();
  });

  it('by the keyboard alone: search, a clip, a file, the curl, the other view', async () => {
    const { page, context } = await openPage(browser, platform.url);
    await page.waitForSelector('.clips button');
    await tabTo(page, '#search');
    await page.keyboard.type('Music');
    await page.keyboard.press('Enter');
    await page.getByText('Where Music is heard most').waitFor();
    await tabTo(page, '.clips li:first-child button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.heat');
    await tabTo(page, '.curl button');
    await page.keyboard.press('Enter');
    await page.getByText('Copied.').waitFor();
    await page.evaluate('document.activeElement.blur()');
    await tabTo(page, '#file');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
    const choosing = page.waitForEvent('filechooser');
    await page.keyboard.press('Enter');
    await (await choosing).setFiles(path.join(platform.folder, platform.files[0]!));
    await page.getByRole('heading', { name: platform.files[0]! }).waitFor();
    await page.waitForSelector('.heat');
    await tabTo(page, '#clip');
    await page.keyboard.press('ArrowDown');
    await page
      .getByText(`Clip ${await secondId()}`)
      .first()
      .waitFor();
    await tabTo(page, '.heat-scroll');
    await page.evaluate('document.activeElement.blur()');
    await tabTo(page, 'nav a[href="#pipeline"]');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'The pipeline' }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await context.close();
  });
  const secondId = async () => (await predict(await bytesOf(platform.files[0]!), 'top_k=1')).clips[1]!.id;

  it.each(looks)('axe finds nothing wrong with either view: %o', async (look) => {
    const { page, context, complaints } = await openPage(browser, platform.url, look);
    await page.locator('.clips button').first().click();
    await page.waitForSelector('.heat');
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    await page.locator('nav a[href="#pipeline"]').click();
    await page.waitForSelector('.versions');
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('nothing moves for who wants it so', async () => {
    for (const [reducedMotion, duration] of [
      ['reduce', '0s'],
      ['no-preference', '0.3s'],
    ] as const) {
      const { page, context } = await openPage(browser, platform.url, { reducedMotion });
      await page.locator('.clips button').first().click();
      await page.waitForSelector('.bars .track span');
      const moving = "getComputedStyle(document.querySelector('.bars .track span')).transitionDuration";
      expect(await page.evaluate(moving)).toBe(duration);
      await context.close();
    }
  });

  it('the pipeline is shown as it works: a bad file, a run and its curve, promotion and rollback', async () => {
    const { page, context, complaints } = await openPage(browser, `${platform.url}#pipeline`);
    const panel = page.getByRole('region', { name: 'Dataset demo' });
    await panel.getByText('All files are validated and sharded').waitFor();
    const files = platform.set.train.length + platform.set.eval.length;
    expect(await panel.locator('.figures').innerText()).toContain(files.toLocaleString('en'));

    const bytes = await bytesOf(platform.files.find((name) => !name.endsWith('.gz'))!);
    bytes[40]! ^= 1;
    await platform.store.put(incomingKey('demo', 'eval', 'damaged.tfrecord'), bytes);
    await panel.getByText('The checksum of a record does not match its bytes').waitFor();
    await panel.getByText('quarantine/demo/eval/damaged.tfrecord.reasons.json').waitFor();

    // Long enough to be seen at work.
    await platform.ask('second', { head: 'mlp', hidden: [256, 256] }, 200);
    const run = page.getByRole('region', { name: 'Run second' });
    await run.getByRole('progressbar', { name: 'Steps of run second' }).waitFor();
    const second = await platform.ended('second');
    await run.getByText(second.metrics.mAP.toFixed(4)).first().waitFor();
    expect(await run.locator('.curve svg').first().getAttribute('aria-label')).toMatch(
      /^Loss: .* at step 200$/,
    );
    expect(await page.getByRole('region', { name: 'Run first' }).innerText()).toContain(
      first.metrics.mAP.toFixed(4),
    );

    const model = page.getByRole('region', { name: 'Model demo' });
    const stable = second.gate.passed ? '2' : '1';
    const other = stable === '2' ? '1' : '2';
    await model.getByRole('button', { name: `Promote version ${other} of demo` }).click();
    await model.getByText(`Stable is version ${other} now`).waitFor();
    await page.getByText(`demo, version ${other},`).waitFor();
    await model.getByRole('button', { name: 'Roll back model demo' }).click();
    await model.getByText(`Stable is version ${stable} now`).waitFor();
    await page.getByText(`demo, version ${stable},`).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });
});
