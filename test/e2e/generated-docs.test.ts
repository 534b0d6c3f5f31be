import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages } from '../../infra/docs/pages.ts';
import { projectRoot } from './run-serverless.ts';

describe('the generated pages', () => {
  it.each(Object.entries(pages))('%s says what its source says', async (file, page) => {
    expect(await readFile(path.join(projectRoot, file), 'utf8')).toBe(page());
  });
});
