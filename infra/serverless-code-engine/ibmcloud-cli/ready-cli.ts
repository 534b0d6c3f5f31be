import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { IbmCloudCli } from './run-ibmcloud.ts';

export interface CliTarget {
  readonly region: string;
  readonly projectId: string;
  /** Whether IBMCLOUD_API_KEY is set for the command line, which then logs in with it. */
  readonly hasApiKey: boolean;
}

/**
 * Turns the command line to the region and the project. Whoever is logged in stays so; where that is nobody, or somebody
 * who does not see the project, the API key of the environment logs in.
 * @throws CLI_MISSING, CLI_NOT_READY
 */
export async function readyCli(cli: IbmCloudCli, target: CliTarget): Promise<void> {
  const failure = await turn(cli, target);
  if (failure === null) return;
  if (!target.hasApiKey) throw failure;
  const login = await attempt(cli, ['login', '-r', target.region]);
  if (login !== null) throw notReady('a login with IBMCLOUD_API_KEY', login);
  const again = await turn(cli, target);
  if (again !== null) throw again;
}

async function turn(cli: IbmCloudCli, { region, projectId }: CliTarget): Promise<EarshotError | null> {
  const targeted = await attempt(cli, ['target', '-r', region]);
  if (targeted !== null) return notReady('a login', targeted);
  const selected = await attempt(cli, ['ce', 'project', 'select', '--id', projectId]);
  return selected === null
    ? null
    : notReady(`the plug-in code-engine and the project ${projectId}`, selected);
}

/** The error when the command failed, else null. */
async function attempt(cli: IbmCloudCli, args: readonly string[]): Promise<EarshotError | null> {
  try {
    await cli.run(args);
    return null;
  } catch (error) {
    if (error instanceof EarshotError && error.code === 'CLI_FAILED') return error;
    throw error;
  }
}

function notReady(expected: string, cause: EarshotError): EarshotError {
  const { field, received, findings = [] } = cause.details;
  return new EarshotError(
    'CLI_NOT_READY',
    { expected, received: `${field}: ${received}`, findings },
    { cause },
  );
}
