import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

export interface ShownBar {
  /** The label's mid. */
  readonly id: string;
  /** As it stands there, e.g. `12.3 %`. */
  readonly value: string;
}

/** The bars below a heading of the result, `heard` or `truth`. */
export function barsBelow(page: Page, heading: 'heard' | 'truth'): Promise<ShownBar[]> {
  return page.locator(`[aria-labelledby=${heading}-title] .bars li`).evaluateAll((items) =>
    items.map((item) => ({
      id: item.getAttribute('data-label') ?? '',
      value: item.querySelector('.value')?.textContent ?? '',
    })),
  );
}

/** Rows of the heat map: figures of each label, in per cent. */
export function heatRows(page: Page): Promise<number[][]> {
  return page
    .locator('.heat tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent))),
    );
}

/** Drops a file on the page, as a mouse does. */
export async function dropFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const [text, file] = [Buffer.from(bytes).toString('base64'), JSON.stringify(name)];
  const dropped = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob('${text}'), (letter) => letter.charCodeAt(0))], ${file}));
    return data;
  })()`);
  await page.dispatchEvent('main', 'dragover', { dataTransfer: dropped });
  await page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
}

/** What a command for a shell prints, as JSON. */
export async function answerOfShell<T>(command: string, cwd: string, env: object = {}): Promise<T> {
  const { stdout } = await promisify(execFile)('sh', ['-c', command], {
    cwd,
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout) as T;
}

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds wrong, one line each; with the rules of WCAG 2.2 A and AA and its best practices. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: Finding[] }>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

/** Whether the page is wider than its window. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');

/** Goes on by the Tab key until the focus is where `selector` says. @throws after a hundred steps */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let step = 0; step < 100; step++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  throw new Error(`the Tab key does not reach ${selector}`);
}
