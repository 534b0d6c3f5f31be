import { type Environment, isSecretSetting } from '../config/settings.ts';

/** Shorter ones may stand anywhere by chance. */
const shortest = 8;
const mark = '[redacted]';
/** What callers show, wherever a text repeats it. */
const shown = /\b(bearer|basic)(\s+)[\w.~+/=-]{4,}/gi;

/** Takes secrets out of texts: those of the settings, and what looks like the credentials of a caller. */
export function redactionOf(env: Environment): (text: string) => string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => value !== undefined && isSecretSetting(name))
    .flatMap(([, value]) => [
      value!,
      ...value!.split(/[,\s]+/).flatMap((one) => [one, one.replace(/^[^:]*:/, '')]),
    ])
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length >= shortest);
  const longestFirst = [...new Set(secrets)].sort((a, b) => b.length - a.length);
  return (text) =>
    longestFirst
      .reduce((rest, secret) => (rest.includes(secret) ? rest.replaceAll(secret, mark) : rest), text)
      .replace(shown, `$1$2${mark}`);
}

let ofProcess: ((text: string) => string) | undefined;

/** By the environment that this process was started with. */
export function redacted(text: string): string {
  ofProcess ??= redactionOf(process.env);
  return ofProcess(text);
}
