import type { EarshotError } from '../../shared/errors/earshot-error.ts';
import { failureOf } from '../local/failure.ts';
import { createReporter, type Reporter } from '../local/reporter.ts';

export type Options = Readonly<Record<string, unknown>>;

/** What a command is given. */
export interface CommandContext {
  readonly options: Options;
  /** Of the project. */
  readonly root: string;
  /** serverless.yml, its variables resolved. */
  readonly configuration: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reporter: Reporter;
  /** To stdout. */
  readonly writeText: (text: string) => void;
}

/** What a command has to say: lines for people, and the same as JSON. */
export interface Outcome {
  readonly lines: readonly string[];
  readonly json: object;
  /** What it ends with all the same. */
  readonly failure?: EarshotError | null;
}

export type RunCommand = (context: CommandContext) => Promise<Outcome>;

/** Returns the exit code: 0 done, else the error's (see docs/errors.md). */
export async function runCommand(
  command: RunCommand,
  given: Omit<CommandContext, 'reporter'>,
): Promise<number> {
  const { options, writeText } = given;
  const reporter = createReporter(process.stderr);
  const json = options['json'] === true;
  try {
    const outcome = await command({ ...given, reporter });
    const failure = outcome.failure ? failureOf(outcome.failure) : null;
    const error = failure === null ? {} : { error: failure.problem };
    if (json) writeText(JSON.stringify({ ...outcome.json, ...error }));
    else for (const line of outcome.lines) writeText(line);
    if (failure !== null) reporter.fail(outcome.failure);
    return failure?.exit ?? 0;
  } catch (error) {
    reporter.fail(error);
    const failure = failureOf(error);
    if (json) writeText(JSON.stringify({ error: failure.problem }));
    return failure.exit;
  }
}

/** An option that may be repeated. */
export const wordsOf = (value: unknown): string[] =>
  value === undefined || value === null ? [] : (Array.isArray(value) ? value : [value]).map(String);

/** An option that stands alone; null when it is not given. */
export function textOf(options: Options, name: string): string | null {
  const value = options[name];
  return value === undefined || value === null ? null : String(value);
}
