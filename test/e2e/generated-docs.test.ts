import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorsPage } from '../../infra/docs/errors-page.ts';
import { openApiPage } from '../../infra/docs/openapi-page.ts';
import { servicePage } from '../../infra/docs/service-page.ts';
import { settingsPage } from '../../infra/docs/settings-page.ts';
import { projectRoot } from './run-serverless.ts';

describe('the generated pages', () => {
  it.each([
    ['docs/errors.md', errorsPage],
    ['docs/openapi.json', openApiPage],
    ['docs/serverless-yml.md', servicePage],
    ['docs/settings.md', settingsPage],
  ])('%s says what its source says', async (file, page) => {
    expect(await readFile(path.join(projectRoot, file), 'utf8')).toBe(page());
  });
});
