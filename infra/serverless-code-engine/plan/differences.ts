/** One property that is not as it should be, as it is shown to the user. */
export interface Difference {
  /** `scale_memory_limit`, or a variable as `env EARSHOT_MODEL`. */
  readonly property: string;
  readonly from: string;
  readonly to: string;
}

type Body = Readonly<Record<string, unknown>>;
interface Variable {
  readonly type: string;
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly key?: string | undefined;
  readonly reference?: string | undefined;
  readonly prefix?: string | undefined;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Properties of the desired state that differ, whole: what a PATCH sends. */
  readonly change: Body;
}

/**
 * What of the desired state is not so. The API fills in defaults, orders variables as it likes and may write an amount
 * otherwise than it was given; none of that is a difference. What is not desired is not compared.
 */
export function compare(desired: Body, actual: Body): Comparison {
  const change: Record<string, unknown> = {};
  const differences: Difference[] = [];
  for (const [property, wanted] of Object.entries(desired)) {
    const found =
      property === 'run_env_variables'
        ? variableDifferences(wanted as Variable[], (actual[property] ?? []) as Variable[])
        : isSame(property, wanted, actual[property])
          ? []
          : [{ property, from: shown(actual[property]), to: shown(wanted) }];
    if (found.length === 0) continue;
    differences.push(...found);
    change[property] = wanted;
  }
  return { differences, change };
}

function isSame(property: string, wanted: unknown, actual: unknown): boolean {
  if (property === 'scale_memory_limit') return megabytes(wanted) === megabytes(actual);
  if (property === 'scale_cpu_limit') return Number(wanted) === Number(actual);
  if (property === 'image_reference' || property === 'code_reference') return isSameImage(wanted, actual);
  return contains(actual, wanted);
}

/** Every property of `wanted`, down to the leaves; of a list every item and no more. */
function contains(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return actual === wanted;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(wanted) && (!Array.isArray(actual) || actual.length !== wanted.length)) return false;
  return Object.entries(wanted).every(([key, value]) => contains((actual as Body)[key], value));
}

/** A digest names an image for good, whatever the tag before it; the command line writes `cr://` before code bundles. */
function isSameImage(wanted: unknown, actual: unknown): boolean {
  const [a, b] = [wanted, actual].map((reference) => {
    const [name, digest] = String(reference)
      .replace(/^cr:\/\//, '')
      .split('@');
    return digest === undefined ? name : `${name!.replace(/:[^:/]*$/, '')}@${digest}`;
  });
  return a === b;
}

function megabytes(amount: unknown): number {
  const [, number, unit] = /^([\d.]+)([MG])i?$/.exec(String(amount)) ?? [];
  return Number(number) * (unit === 'G' ? 1000 : 1);
}

function variableDifferences(wanted: readonly Variable[], actual: readonly Variable[]): Difference[] {
  const before = new Map(actual.map((one) => [keyOf(one), one]));
  const after = new Map(wanted.map((one) => [keyOf(one), one]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    if (was !== undefined && is !== undefined && isSameVariable(was, is)) return [];
    return [{ property: `env ${key}`, from: shownVariable(was), to: shownVariable(is) }];
  });
}

const keyOf = ({ name, reference, prefix }: Variable) => name ?? `${prefix ?? ''}* of ${reference}`;

const isSameVariable = (a: Variable, b: Variable) =>
  a.type === b.type &&
  (a.type === 'literal' ? a.value === b.value : a.reference === b.reference && a.key === b.key);

function shownVariable(variable: Variable | undefined): string {
  if (variable === undefined) return 'nothing';
  const { type, name = '', value, reference, key } = variable;
  if (type !== 'literal') return `${key ?? 'all'} of ${reference}`;
  // Somebody may have put by hand what should not stand there.
  return /key|secret|token|password|credential/i.test(name) ? '(not shown)' : shown(value);
}

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
