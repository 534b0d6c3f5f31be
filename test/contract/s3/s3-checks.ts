import { bodyChecks } from './body-checks.ts';
import { bucketChecks } from './bucket-checks.ts';
import type { Check } from './check.ts';
import { conditionChecks } from './condition-checks.ts';
import { listingChecks } from './listing-checks.ts';
import { multipartChecks } from './multipart-checks.ts';
import { objectChecks } from './object-checks.ts';
import { signatureChecks } from './signature-checks.ts';

/** What the stages, the clients and the SDKs rely on a store to do. */
export const s3Checks: readonly Check[] = [
  ...bucketChecks,
  ...objectChecks,
  ...conditionChecks,
  ...listingChecks,
  ...multipartChecks,
  ...bodyChecks,
  ...signatureChecks,
];
