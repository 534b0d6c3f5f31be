import { chromiumProgram, openPage, startBrowser } from './test/oracle/page/browser.ts';
export async function main([out]: string[]) {
  const browser = await startBrowser(chromiumProgram!);
  for (const colorScheme of ['light', 'dark'] as const) for (const width of [1200, 380]) {
    const { page, complaints } = await openPage(browser, 'http://127.0.0.1:4970/', { colorScheme, width });
    await page.waitForSelector('.clips button');
    await page.locator('.clips button').nth(1).click();
    await page.waitForSelector('.heat');
    await page.screenshot({ path: `${out}/try-${colorScheme}-${width}.png`, fullPage: true });
    await page.goto('http://127.0.0.1:4970/#pipeline');
    await page.waitForSelector('.versions');
    await page.screenshot({ path: `${out}/pipe-${colorScheme}-${width}.png`, fullPage: true });
    console.log(complaints);
    await page.close();
  }
  await browser.close();
  return 0;
}
