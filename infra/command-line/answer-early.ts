import { failureOf } from '../local/failure.ts';
import { createReporter } from '../local/reporter.ts';
import { helpLines } from './help-text.ts';
import { readCommandLine } from './read-command-line.ts';

/**
 * Reads the command line before the framework does. What it asks of Earshot's commands is put as the framework wants
 * it; help and wrong usage are answered here, and the process ends: the framework would put errors on standard output,
 * end with 1 whatever it was, and tell options of AWS.
 */
export function answerEarly(): void {
  const typed = process.argv.slice(2);
  process.stdout.on('error', expectReaderGone);
  try {
    const read = readCommandLine(typed);
    if (read.kind === 'own') process.argv.splice(2, Number.POSITIVE_INFINITY, ...read.argv);
    if (read.kind === 'help') {
      process.stdout.write(`${helpLines(read.commands).join('\n')}\n`);
      process.exit(0);
    }
  } catch (error) {
    endWith(error, typed);
  }
}

/** Ends the process with the error's exit code: told on standard error and, with `--json`, as JSON on standard output. */
export function endWith(error: unknown, typed: readonly string[] = process.argv.slice(2)): never {
  createReporter(process.stderr).fail(error);
  const { exit, problem } = failureOf(error);
  if (typed.includes('--json')) process.stdout.write(`${JSON.stringify({ error: problem })}\n`);
  process.exit(exit);
}

/** Whoever read the output, `head` for one, wants no more of it; the work goes on. */
function expectReaderGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
