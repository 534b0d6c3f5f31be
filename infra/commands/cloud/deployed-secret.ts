import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { CodeEngineProject } from '../../serverless-code-engine/api/client.ts';

/**
 * A value that the deployment keeps in a Code Engine secret: from the environment, else from the secret, if the API
 * gives it back.
 * @throws SETTING_INVALID when neither has it
 */
export async function deployedSecret(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  project: CodeEngineProject,
  secret: string,
  key: string,
): Promise<string> {
  const given = env[variable];
  if (given) return given;
  const stored = (await project.get('secret', secret))?.data?.[key];
  if (stored) return stored;
  throw new EarshotError('SETTING_INVALID', {
    field: variable,
    expected: `the value of ${key} in the secret ${secret} of the project`,
    received: 'nothing, and the API does not give it',
  });
}
