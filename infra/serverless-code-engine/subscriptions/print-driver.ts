import { secretKeys } from '../desired/desired-secrets.ts';
import { parts, resourceName } from '../desired/resource-names.ts';
import { createArguments, deleteArguments, updateArguments, withSecret } from './subscription-arguments.ts';
import type { DesiredSubscription, SubscriptionChange, SubscriptionDriver } from './subscription-driver.ts';
import type { Owner } from './subscription-marks.ts';

export interface PrintDriverOptions {
  readonly owner: Owner;
  readonly region: string;
  readonly projectId: string;
  /** Whether the secret stands in the commands; else they take it from the shell variable `secretVariable`. */
  readonly reveal: boolean;
  readonly print: (line: string) => void;
}

const secretVariable = 'EARSHOT_EVENTS_SECRET';

/** For `--subscriptions print`: says with which commands the user makes the subscriptions, and does nothing itself. */
export function createPrintDriver(options: PrintDriverOptions): SubscriptionDriver {
  const { owner, reveal, print } = options;
  const shown = (args: readonly string[]) =>
    shellLine(reveal ? args : withSecret(args, `$${secretVariable}`));
  return {
    list: async () => [],
    plan: async (desired) => desired.map(created),
    async apply(desired) {
      for (const line of opening(options)) print(line);
      for (const one of desired) {
        // Where there is one already it is changed; a new bucket, or a prefix that goes, needs its deletion first.
        print(`${shown(createArguments(one, owner))} ||\n  ${shown(updateArguments(one, owner))}`);
      }
      return desired.map(created);
    },
    async remove(desired) {
      for (const line of opening({ ...options, reveal: true })) print(line);
      for (const one of desired) print(shellLine(deleteArguments(one)));
      return desired.map(({ kind, name }) => ({ kind, name, action: 'delete', properties: [] }));
    },
  };
}

function opening({ region, projectId, reveal, owner }: PrintDriverOptions): string[] {
  const target = shellLine(['target', '-r', region]);
  const select = shellLine(['ce', 'project', 'select', '--id', projectId]);
  return [`ibmcloud login && ${target} && ${select}`, ...(reveal ? [] : secretLines(owner))];
}

/** [UNVERIFIED] The command line tells values of secrets in base64; where it does not, the second line says what to do. */
function secretLines(owner: Owner): string[] {
  const name = resourceName(owner, parts.eventsSecret);
  const read = shellLine(['ce', 'secret', 'get', '--name', name, '--output']);
  return [
    `export ${secretVariable}="$(${read} 'jsonpath={.data.${secretKeys.events}}' | base64 --decode)"`,
    `: "\${${secretVariable}:?set it to the value of ${secretKeys.events} in the secret ${name} of the project}"`,
  ];
}

const created = ({ kind, name }: DesiredSubscription): SubscriptionChange => ({
  kind,
  name,
  action: 'create',
  properties: [],
});

/** A line for a POSIX shell, which puts the secret in where it is left out. */
function shellLine(args: readonly string[]): string {
  const word = (text: string) => {
    if (text.endsWith(`=$${secretVariable}`)) return `"${text}"`;
    return /^[\w./:=,@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
  };
  return ['ibmcloud', ...args].map(word).join(' ');
}
