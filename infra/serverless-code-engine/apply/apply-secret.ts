import type { CodeEngineProject } from '../api/client.ts';
import type { Change } from '../api/resources.ts';
import { digestOfSecret, type SecretStep, secretBody } from '../plan/plan-secrets.ts';
import { type ServiceKeys, secretValue } from './secret-values.ts';

export interface ShownKey {
  readonly name: string;
  readonly key: string;
}

export interface MadeSecret {
  readonly digest: string;
  /** Of a secret that is told to the user: the name of the key, and the key. */
  readonly shown: ShownKey | null;
  /** The value of a random secret, for those that must know it. */
  readonly random: string | null;
}

/** Makes a secret what the step says; null when it was not to be touched or is gone. */
export async function applySecret(
  step: SecretStep,
  project: CodeEngineProject,
  keys: ServiceKeys,
  salt: string,
): Promise<MadeSecret | null> {
  const { doing, name } = step;
  if (doing.action === 'none') return null;
  if (doing.action === 'delete') {
    await project.remove('secret', name);
    await keys.remove(name);
    return null;
  }
  const { wanted, given } = doing;
  const value = await secretValue(wanted, given, keys);
  const body = secretBody(wanted, value);
  if (doing.action === 'update') {
    const { name: _, ...change } = body;
    await project.update('secret', name, doing.entityTag, change as Change<'secret'>);
  } else {
    if (doing.action === 'replace') {
      await project.remove('secret', name);
      await project.waitUntilGone('secret', name);
    }
    await project.create('secret', body);
  }
  const random = wanted.source === 'random' ? (value as string) : null;
  const shownAs = wanted.source === 'random' ? wanted.shownAs : null;
  const shown = shownAs === null || random === null ? null : { name: shownAs, key: random };
  return { digest: digestOfSecret(salt, body), shown, random };
}
