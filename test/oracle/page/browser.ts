import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { programsNamed } from '../programs.ts';

/** Debian's Chromium; null where it is not installed. */
export const chromiumProgram = ['chromium', 'chromium-browser'].flatMap(programsNamed)[0] ?? null;

export interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly reducedMotion?: 'reduce' | 'no-preference';
}

export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained of, and what it asked of others than the page's origin. */
  readonly complaints: readonly string[];
}

/** Without a sandbox of its own, which a container's root has not; without a network but this machine's. */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
  });
}

export async function openPage(
  browser: Browser,
  url: string,
  { colorScheme = 'light', width = 1200, reducedMotion = 'no-preference' }: Look = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    colorScheme,
    reducedMotion,
    viewport: { width, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== 'data:' && asked.origin !== new URL(url).origin) complaints.push(request.url());
  });
  await page.goto(url);
  return { page, context, complaints };
}
