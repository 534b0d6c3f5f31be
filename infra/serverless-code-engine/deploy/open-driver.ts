import type { Environment } from '../../../shared/config/settings.ts';
import type { Owner } from '../desired/resource-names.ts';
import { openIbmCloudCli } from '../ibmcloud-cli/run-ibmcloud.ts';
import { openCliDriver } from '../subscriptions/cli-driver.ts';
import { createPrintDriver } from '../subscriptions/print-driver.ts';
import type { SubscriptionDriver } from '../subscriptions/subscription-driver.ts';

export interface DriverOptions {
  readonly owner: Owner;
  readonly region: string;
  readonly projectId: string;
  readonly env: Environment;
  readonly by: 'ibmcloud' | 'print';
  readonly print: (line: string) => void;
}

/** The way in which subscriptions are made. Printed commands take the secret from the shell: output is kept in logs. */
export function openDriver({ owner, region, projectId, env, by, print }: DriverOptions): SubscriptionDriver {
  if (by === 'print') return createPrintDriver({ owner, region, projectId, reveal: false, print });
  return openCliDriver({
    cli: openIbmCloudCli({ env }),
    target: { region, projectId, hasApiKey: Boolean(env['IBMCLOUD_API_KEY']) },
    owner,
  });
}
