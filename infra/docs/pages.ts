import { errorsPage } from './errors-page.ts';
import { flowPicture } from './flow-picture.ts';
import { ingestPolicyPage } from './ingest-policy-page.ts';
import { metricsPage } from './metrics-page.ts';
import { openApiPage } from './openapi-page.ts';
import { servicePage } from './service-page.ts';
import { settingsPage } from './settings-page.ts';

/** Files that are made from source, and what makes them. */
export const pages: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/flow.svg': flowPicture,
  'docs/ingest-policy.md': ingestPolicyPage,
  'docs/metrics.md': metricsPage,
  'docs/openapi.json': openApiPage,
  'docs/serverless-yml.md': servicePage,
  'docs/settings.md': settingsPage,
};
