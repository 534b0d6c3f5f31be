import { catalogue } from '../../shared/errors/catalogue.ts';
import { EarshotError } from '../../shared/errors/earshot-error.ts';

/** How a command ends that failed: its exit code, and what `--json` prints. */
export interface Failure {
  readonly exit: number;
  readonly problem: { readonly code: string; readonly message: string; readonly remedy: string };
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof EarshotError)) {
    return { exit: 1, problem: { code: 'INTERNAL_FAULT', message: String(error), remedy: '' } };
  }
  const { code, message, remedy } = error;
  return { exit: catalogue[code].exit ?? 1, problem: { code, message, remedy } };
}
