import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import about from '../../package.json' with { type: 'json' };

/** What code runs, for the run's record: the version, and the SHA-256 of the bundle at this address. */
export function runningCode(bundle: string): string {
  const digest = createHash('sha256')
    .update(readFileSync(fileURLToPath(bundle)))
    .digest('hex');
  return `earshot ${about.version}, bundle sha256 ${digest}`;
}
